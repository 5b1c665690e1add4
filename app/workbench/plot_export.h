#pragma once

namespace fxs::app {

class MainWindow;
class Workbench;

/// Gives every plot of the window the export menu, and says in the log and on the status line what came of it.
void connectPlotExport(Workbench& workbench, MainWindow& window);

} // namespace fxs::app
