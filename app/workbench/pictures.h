#pragma once

#include <QString>
#include <QStringList>

namespace fxs::app {

class MainWindow;
class Workbench;

/// Waits (while events are handled) until everything opened is read and drawn. False: it was not within the time.
bool waitUntilIdle(Workbench& workbench, int milliseconds);

/// The whole window as a PNG. Throws: Error(io) if it cannot be written.
void saveScreenshot(MainWindow& window, const QString& path);

/// Pictures of what is open in a folder: frame, correlation, c2-slice, coefficients, density, convergence, fsc; those of which there
/// is nothing to show are left out. Returns the files. Throws: Error(io).
QStringList saveFigures(MainWindow& window, Workbench& workbench, const QString& folder);

} // namespace fxs::app
