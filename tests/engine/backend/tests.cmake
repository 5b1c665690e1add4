fxs_add_test(engine/backend/tst_frame_browser)
fxs_add_test(engine/backend/tst_job_spec_text)
fxs_add_test(engine/backend/tst_local_backend)
fxs_add_test(engine/backend/tst_pipeline)
