"""Statistics of agreement and association: arrays in, frozen results out; numpy and scipy only."""

from alia_judge._deprecation import old_names
from alia_judge.stats.agreement import percent_agreement
from alia_judge.stats.alpha import krippendorff_alpha
from alia_judge.stats.alpha_at_any_time import sequential_alpha
from alia_judge.stats.alt_test_comparison import AltTestComparison, ComparedJudge, compare_alt_tests
from alia_judge.stats.alternative_annotator import AltTestAnnotator, AltTestResult, alt_test
from alia_judge.stats.betting import SequentialTest, betting_interval, betting_test
from alia_judge.stats.breakdown import (
    AnnotatorDisagreement,
    CategoryAgreement,
    DisagreementBreakdown,
    category_agreement,
    disagreement,
)
from alia_judge.stats.ceiling import attenuation, leave_one_out, share_of_ceiling, split_half
from alia_judge.stats.classification import auc, mcc, quadratic_weighted_kappa
from alia_judge.stats.clustered import clustered_mean
from alia_judge.stats.concordance import kendall_w
from alia_judge.stats.correlation import kendall, pearson, spearman
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.exchangeability import exchangeability_test
from alia_judge.stats.gwet import gwet_ac
from alia_judge.stats.intraclass import icc
from alia_judge.stats.kappa import cohen_kappa, fleiss_kappa
from alia_judge.stats.multiple import benjamini_hochberg, benjamini_yekutieli, holm
from alia_judge.stats.paired import PairedDifference, paired_difference, williams_test
from alia_judge.stats.partial_correlation import incremental, partial
from alia_judge.stats.ranking import pairwise_accuracy, soft_pairwise_accuracy
from alia_judge.stats.rectified import RectifiedEstimate, rectified_difference, rectified_mean
from alia_judge.stats.rectified_ranks import RankedSystem, RectifiedRanking, rectified_ranking
from alia_judge.stats.resampling import bootstrap
from alia_judge.stats.selection_optimism import Optimism, optimism
from alia_judge.stats.sparse_ratings import SparseRatings

__all__ = [
    "AltTestAnnotator",
    "AltTestComparison",
    "AltTestResult",
    "AnnotatorDisagreement",
    "CategoryAgreement",
    "ComparedJudge",
    "DisagreementBreakdown",
    "Estimate",
    "Optimism",
    "PairedDifference",
    "RankedSystem",
    "RectifiedEstimate",
    "RectifiedRanking",
    "SequentialTest",
    "SparseRatings",
    "alt_test",
    "attenuation",
    "auc",
    "benjamini_hochberg",
    "benjamini_yekutieli",
    "betting_interval",
    "betting_test",
    "bootstrap",
    "category_agreement",
    "clustered_mean",
    "cohen_kappa",
    "compare_alt_tests",
    "disagreement",
    "exchangeability_test",
    "fleiss_kappa",
    "gwet_ac",
    "holm",
    "icc",
    "incremental",
    "kendall",
    "kendall_w",
    "krippendorff_alpha",
    "leave_one_out",
    "mcc",
    "optimism",
    "paired_difference",
    "pairwise_accuracy",
    "partial",
    "pearson",
    "percent_agreement",
    "quadratic_weighted_kappa",
    "rectified_difference",
    "rectified_mean",
    "rectified_ranking",
    "sequential_alpha",
    "share_of_ceiling",
    "soft_pairwise_accuracy",
    "spearman",
    "split_half",
    "williams_test",
]

__getattr__ = old_names(__name__, {"Disagreement": "DisagreementBreakdown"})
