fxs_add_test(engine/core/tst_array)
fxs_add_test(engine/core/tst_settings)
fxs_add_test(engine/core/tst_task)
fxs_add_test(engine/core/tst_settings_file)
