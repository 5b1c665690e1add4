#include "app/workbench/plot_export.h"

#include "app/workbench/main_window.h"
#include "app/workbench/workbench.h"
#include "widgets/export/figure_export.h"
#include "widgets/jobs/log_model.h"

#include <QStatusBar>

namespace fxs::app {

void connectPlotExport(Workbench& workbench, MainWindow& window) {
    auto* exporter = new ui::FigureExport(workbench.background(), &window);
    exporter->add(&window);
    exporter->setProvenance([&workbench] {
        QStringList lines = workbench.session().inputs() + workbench.session().resultFiles();
        if (!lines.isEmpty())
            lines << workbench.command();
        return lines;
    });
    const auto say = [&window](LogLevel level, const QString& text) {
        window.logModel()->append({level, text.toStdString()});
        window.statusBar()->showMessage(text, 10000);
    };
    using ui::FigureExport;
    QObject::connect(exporter, &FigureExport::failed, &window,
                     [say](const QString& text) { say(LogLevel::error, text); });
    QObject::connect(exporter, &FigureExport::copied, &window,
                     [say](const QString& text) { say(LogLevel::info, text); });
    QObject::connect(exporter, &FigureExport::exported, &window,
                     [say](const QString& path) { say(LogLevel::info, MainWindow::tr("exported %1").arg(path)); });
}

} // namespace fxs::app
