fxs_add_test(engine/preprocess/tst_preprocessor)
fxs_add_test(engine/preprocess/tst_calibrator)
