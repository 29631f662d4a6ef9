"""What a search may try: models, rubrics, demonstrations, and the judge each choice builds."""
