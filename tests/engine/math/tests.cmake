fxs_add_test(engine/math/tst_legendre)
fxs_add_test(engine/math/tst_random)
fxs_add_test(engine/math/tst_rotation)
fxs_add_test(engine/math/tst_spherical_bessel)
