foreach(name tst_shell_grid tst_invariant_projection tst_magnitude_step tst_lbfgs tst_iterations tst_phaser)
  fxs_add_test(engine/mtip/${name})
endforeach()
fxs_add_test(engine/mtip/tst_reconstructor)
