fxs_add_test(engine/stream/tst_karabo)
fxs_add_test(engine/stream/tst_message_socket)
fxs_add_test(engine/stream/tst_live_run)
fxs_add_test(engine/stream/tst_growing_run)
