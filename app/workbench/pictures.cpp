#include "app/workbench/pictures.h"

#include "app/workbench/main_window.h"
#include "app/workbench/workbench.h"
#include "widgets/coefficients/coefficients_view.h"
#include "widgets/convergence/convergence_view.h"
#include "widgets/correlation/correlation_view.h"
#include "widgets/density/density_view.h"
#include "widgets/frames/frame_view.h"
#include "widgets/plot/curve_plot.h"
#include "widgets/plot/heat_map.h"

#include <QApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QPixmap>
#include <QTabWidget>
#include <QTimer>

namespace fxs::app {

namespace {

/// Lets what was queued (replots, layouts, the 3-D drawing) happen.
void settle(int milliseconds) {
    QEventLoop loop;
    QTimer::singleShot(milliseconds, &loop, &QEventLoop::quit);
    loop.exec();
}

QString save(QWidget* widget, const QString& folder, const QString& name) {
    const QString path = QDir(folder).filePath(name + QStringLiteral(".png"));
    if (!widget->grab().save(path))
        throw Error(ErrorCode::io, "writing " + path.toStdString() + ": the picture could not be saved");
    return path;
}

} // namespace

bool waitUntilIdle(Workbench& workbench, int milliseconds) {
    QElapsedTimer clock;
    clock.start();
    // Idle for a moment: what one piece of work starts when it ends (a frame after its run) counts too.
    for (int quiet = 0; quiet < 4;) {
        if (clock.elapsed() > milliseconds)
            return false;
        settle(40);
        quiet = workbench.isIdle() && !workbench.jobs().isRunning() ? quiet + 1 : 0;
    }
    return true;
}

void saveScreenshot(MainWindow& window, const QString& path) {
    settle(300);
    if (!window.grab().save(path))
        throw Error(ErrorCode::io, "writing " + path.toStdString() + ": the picture could not be saved");
}

QStringList saveFigures(MainWindow& window, Workbench& workbench, const QString& folder) {
    if (!QDir().mkpath(folder))
        throw Error(ErrorCode::io, "making the folder " + folder.toStdString() + ": not possible");
    QStringList files;
    const auto shown = [&](int tab) {
        window.showTab(tab);
        waitUntilIdle(workbench, 20'000);
        settle(400);
    };
    const Session& session = workbench.session();
    if (session.run()) {
        shown(0);
        files << save(window.frameView(), folder, QStringLiteral("frame"));
    }
    if (session.hasResult(Stage::correlate)) {
        shown(1);
        files << save(window.correlationView(), folder, QStringLiteral("correlation"));
        files << save(window.correlationView()->diagonalMap()->parentWidget(), folder, QStringLiteral("c2-map"));
        files << save(window.correlationView()->linePlot()->parentWidget(), folder, QStringLiteral("c2-line"));
    }
    if (session.hasResult(Stage::filter)) {
        shown(2);
        files << save(window.coefficientsView(), folder, QStringLiteral("coefficients"));
    }
    if (session.hasResult(Stage::reconstruct)) {
        shown(3);
        if (window.densityView()->hasOpenGl())
            files << save(window.densityView(), folder, QStringLiteral("density"));
        files << save(window.convergenceView(), folder, QStringLiteral("convergence"));
        files << save(window.convergenceView()->fscPlot()->parentWidget(), folder, QStringLiteral("fsc"));
    }
    shown(session.hasResult(Stage::reconstruct) ? 3 : 0);
    files << save(&window, folder, QStringLiteral("workbench"));
    return files;
}

} // namespace fxs::app
