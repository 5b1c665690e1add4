fxs_add_test(engine/detector/tst_geometry)
fxs_add_test(engine/detector/tst_geometry_crystfel)
fxs_add_test(engine/detector/tst_mask_shapes)
fxs_add_test(engine/detector/tst_refine_geometry)
