fxs_add_test(engine/density/tst_alignment)
fxs_add_test(engine/density/tst_amplitudes)
fxs_add_test(engine/density/tst_fsc)
fxs_add_test(engine/density/tst_symmetry)
