#include "app/workbench/appearance.h"
#include "app/workbench/main_window.h"
#include "app/workbench/pictures.h"
#include "app/workbench/watchdog.h"
#include "app/workbench/workbench.h"
#include "engine/backend/local_backend.h"
#include "engine/core/parallel.h"
#include "engine/core/provenance.h"
#include "widgets/vtk/opengl_support.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QStyleFactory>
#include <QTimer>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>

namespace {

using namespace fxs;

struct Options {
    QStringList paths;
    QString screenshot, figures, palette;
    int threads = 0, tab = -1;
    bool analyse = false, watchdog = false;

    bool isBatch() const { return !screenshot.isEmpty() || !figures.isEmpty(); }
};

Options parse(const QApplication& application) {
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Opens runs of diffraction images and their results."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(QStringLiteral("paths"),
                                 QStringLiteral("a session, files of a run, result files, or folders of results"),
                                 QStringLiteral("[paths...]"));
    const QCommandLineOption screenshot(
        QStringLiteral("screenshot"), QStringLiteral("draw the window into FILE and end"), QStringLiteral("FILE.png"));
    const QCommandLineOption figures(QStringLiteral("figures"),
                                     QStringLiteral("draw a picture of every view into DIR and end"),
                                     QStringLiteral("DIR"));
    const QCommandLineOption analyse(QStringLiteral("analyse"), QStringLiteral("start the analysis at once"));
    const QCommandLineOption palette(QStringLiteral("palette"), QStringLiteral("light, dark or system"),
                                     QStringLiteral("NAME"));
    const QCommandLineOption tab(QStringLiteral("tab"), QStringLiteral("the view in front: 1 Frames ... 4 Density"),
                                 QStringLiteral("N"));
    const QCommandLineOption threads(QStringLiteral("threads"), QStringLiteral("use at most N cores"),
                                     QStringLiteral("N"), QStringLiteral("0"));
    const QCommandLineOption watchdog(QStringLiteral("watchdog"),
                                      QStringLiteral("say at the end how long the window was held at most"));
    parser.addOptions({screenshot, figures, analyse, palette, tab, threads, watchdog});
    parser.process(application);
    Options options;
    options.paths = parser.positionalArguments();
    options.screenshot = parser.value(screenshot);
    options.figures = parser.value(figures);
    options.palette = parser.value(palette);
    options.threads = parser.value(threads).toInt();
    options.tab = parser.isSet(tab) ? parser.value(tab).toInt() - 1 : -1;
    options.analyse = parser.isSet(analyse);
    options.watchdog = parser.isSet(watchdog) || qEnvironmentVariableIsSet("FXS_WATCHDOG");
    return options;
}

/// Draws what was asked for once everything is there; the program's exit status.
int drawAndEnd(app::MainWindow& window, app::Workbench& workbench, const Options& options) {
    constexpr int kLongest = 600'000;
    if (!app::waitUntilIdle(workbench, kLongest)) {
        std::fprintf(stderr, "fxs-workbench: the files were not read within ten minutes\n");
        return 1;
    }
    try {
        if (!options.figures.isEmpty())
            for (const QString& file : app::saveFigures(window, workbench, options.figures))
                std::printf("%s\n", qPrintable(file));
        if (!options.screenshot.isEmpty())
            app::saveScreenshot(window, options.screenshot);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "fxs-workbench: %s\n", error.what());
        return 1;
    }
}

int run(int argc, char** argv) {
    ui::requestOpenGlFormat();
    // A 3-D view keeps its context when its dock is torn off.
    QApplication::setAttribute(Qt::AA_ShareOpenGLContexts);
    app::WatchedApplication application(argc, argv);
    QApplication::setOrganizationName(QStringLiteral("fxs-workbench"));
    QApplication::setApplicationName(QStringLiteral("fxs-workbench"));
    QApplication::setApplicationVersion(QString::fromStdString(versionString()));
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    const Options options = parse(application);
    // A picture does not depend on what somebody chose in a window before.
    app::applyAppearance(!options.palette.isEmpty() ? options.palette
                         : options.isBatch()        ? QStringLiteral("light")
                                                    : app::rememberedAppearance());
    const ThreadLimit limit(options.threads);

    LocalBackend backend(LocalBackend::Beside::window);
    app::Workbench workbench(backend);
    app::MainWindow window(workbench, !options.isBatch());
    window.show();
    workbench.open(options.paths);
    if (options.tab >= 0)
        window.showTab(options.tab);
    if (options.analyse) {
        const auto start = std::make_shared<QMetaObject::Connection>();
        *start = QObject::connect(&workbench.session(), &app::Session::runChanged, &workbench, [&workbench, start] {
            if (!workbench.session().run())
                return;
            QObject::disconnect(*start);
            workbench.analyse();
        });
    }
    if (options.watchdog)
        QTimer::singleShot(0, &application, [&application] { application.watch(); });
    int status = 0;
    if (options.isBatch())
        QTimer::singleShot(0, &application, [&] {
            status = drawAndEnd(window, workbench, options);
            QApplication::quit();
        });
    const int ended = QApplication::exec();
    if (application.isWatching())
        std::fprintf(stderr, "fxs-workbench: %s\n", qPrintable(application.report()));
    return status != 0 ? status : ended;
}

} // namespace

int main(int argc, char** argv) {
    // A file beyond the size limit is then an ordinary failed write with a message, not the end of the program.
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "fxs-workbench: %s\n", error.what());
        return 1;
    }
}
