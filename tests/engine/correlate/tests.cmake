fxs_add_test(engine/correlate/tst_correlator)
