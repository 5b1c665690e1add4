fxs_add_test(engine/detector/tst_geometry)
