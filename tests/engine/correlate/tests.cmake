fxs_add_test(engine/correlate/tst_correlator)
fxs_add_test(engine/correlate/tst_rank_update)
fxs_add_test(engine/correlate/tst_curves)
fxs_add_test(engine/correlate/tst_block_difference)
