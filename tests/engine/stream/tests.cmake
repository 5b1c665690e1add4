fxs_add_test(engine/stream/tst_karabo)
