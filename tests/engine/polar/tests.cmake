fxs_add_test(engine/polar/tst_resampler)
fxs_add_test(engine/polar/tst_ring_transform)
