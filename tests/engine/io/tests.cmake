fxs_add_test(engine/io/tst_polar_run)
fxs_add_test(engine/io/tst_structure)
fxs_add_test(engine/io/tst_result_files)
fxs_add_test(engine/io/tst_map_file LIBS z)
