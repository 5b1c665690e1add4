fxs_add_test(engine/io/tst_polar_run)
fxs_add_test(engine/io/tst_structure)
