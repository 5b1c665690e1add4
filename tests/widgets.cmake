# Views on a virtual display, and the window with a backend that does no work.
fxs_add_test(widgets/tst_picture LIBS fxs::widgets)
fxs_add_test(widgets/tst_plots GUI LIBS fxs::widgets QCustomPlotQt6::QCustomPlotQt6 Qt6::PrintSupport)
fxs_add_test(widgets/tst_export GUI LIBS fxs::widgets)
fxs_add_test(widgets/tst_views GUI LIBS fxs::widgets)
fxs_add_test(widgets/tst_density_view GUI LIBS fxs::density_view)
fxs_add_test(widgets/tst_models GUI LIBS fxs::widgets)
fxs_add_test(app/workbench/tst_workbench GUI LIBS fxs_workbench_window)
fxs_add_test(widgets/tst_mask_editor GUI LIBS fxs::widgets QCustomPlotQt6::QCustomPlotQt6 Qt6::PrintSupport)
