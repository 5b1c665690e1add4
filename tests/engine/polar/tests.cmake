fxs_add_test(engine/polar/tst_resampler)
