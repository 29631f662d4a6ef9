"""Adjusted p-values against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from alia_judge.errors import UsageError
from alia_judge.stats import benjamini_hochberg, benjamini_yekutieli, holm

METHODS = {"holm": holm, "fdr_bh": benjamini_hochberg, "fdr_by": benjamini_yekutieli}


@pytest.mark.parametrize("method", METHODS)
@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_statsmodels_agrees(method, p):
    np.testing.assert_allclose(METHODS[method](p), multipletests(p, method=method)[1], atol=1e-12)


@pytest.mark.parametrize("adjust", METHODS.values())
def test_what_is_no_probability_is_refused(adjust):
    with pytest.raises(UsageError, match=r"p_values must lie in \[0, 1\], got 1.5 at index 1"):
        adjust([0.1, 1.5])
    with pytest.raises(UsageError, match="p_values must be finite; got nan at index 0"):
        adjust([float("nan")])


@pytest.mark.parametrize("adjust", METHODS.values())
def test_no_hypothesis_is_no_problem(adjust):
    assert adjust([]).shape == (0,)
