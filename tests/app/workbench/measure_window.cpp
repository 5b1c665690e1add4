// How long the window is held while it works: opens a run in the real window, correlates and reconstructs it, and goes through the
// views meanwhile, as a person would. Says the longest handlers of each part. A program, not a test: it takes minutes, and what
// it says of time depends on the machine.
//   xvfb-run -a measure_window RUN.h5 [DIAMETER in angstrom]

#include "app/workbench/appearance.h"
#include "app/workbench/main_window.h"
#include "app/workbench/pictures.h"
#include "app/workbench/watchdog.h"
#include "app/workbench/workbench.h"
#include "engine/backend/local_backend.h"
#include "widgets/correlation/correlation_view.h"
#include "widgets/density/density_controls.h"
#include "widgets/density/density_view.h"
#include "widgets/frames/frame_view.h"
#include "widgets/vtk/opengl_support.h"

#include <QEventLoop>
#include <QStyleFactory>
#include <QTimer>
#include <cstdio>

using namespace fxs;

namespace {

struct Measured {
    app::WatchedApplication& application;
    app::Workbench& workbench;
    app::MainWindow& window;
    std::size_t events = 0, over = 0, overOfProcessor = 0;

    void settle(int milliseconds) const {
        QEventLoop loop;
        QTimer::singleShot(milliseconds, &loop, &QEventLoop::quit);
        loop.exec();
    }
    bool isRunning() const { return workbench.jobs().isRunning(); }

    /// Does something and lets the window live for a while; then says which handlers were long.
    template <class Act>
    void part(const char* name, int milliseconds, Act act) {
        application.watch();
        act();
        settle(milliseconds);
        over += application.overLimit();
        overOfProcessor += application.overLimitOfProcessor();
        std::printf("%s: %s\n", name, qPrintable(application.report()));
        std::fflush(stdout);
    }
    void waitFor(Stage stage, int atMost) const {
        for (int waited = 0; waited < atMost && !workbench.session().hasResult(stage) && isRunning(); waited += 100)
            settle(100);
    }
};

void measure(Measured m, const QString& run, double diameter) {
    m.part("opening", 2500, [&] { m.workbench.open({run}); });
    m.workbench.session().changeSetting("correlate", "diameter", diameter);
    m.workbench.session().changeSetting("filter", "diameter", diameter);
    m.workbench.session().changeSetting("reconstruct", "restarts", std::int64_t(2));
    m.part("start of the analysis, Frames", 1000, [&] { m.workbench.analyse(); });
    m.part("Frames, a second look", 1000, [&] { m.window.frameView()->setFrameIndex(77); });
    m.part("Correlation, first", 1500, [&] { m.window.showTab(1); });
    m.part("Correlation, live", 3000, [] {});
    m.part("Correlation, side by side", 3000,
           [&] { m.window.correlationView()->setShown(ui::CorrelationView::showSideBySide); });
    m.window.correlationView()->setShown(ui::CorrelationView::showRaw);
    m.part("Frames, playing", 2000, [&] {
        m.window.showTab(0);
        m.window.frameView()->setPlaying(true);
    });
    m.window.frameView()->setPlaying(false);
    m.part("Coefficients", 2000, [&] { m.window.showTab(2); });
    m.waitFor(Stage::filter, 120'000);
    m.part("Coefficients, there", 2000, [] {});
    m.part("Density", 4000, [&] { m.window.showTab(3); });
    m.waitFor(Stage::reconstruct, 120'000);
    m.part("Density, live", 5000, [] {});
    const auto with = [&](bool surface, bool volume, bool slices) {
        ui::DensityAppearance look = m.window.densityView()->appearance();
        look.surface = surface;
        look.volume = volume;
        look.slices = slices;
        m.window.densityView()->setAppearance(look);
    };
    m.part("Slices, first", 3000, [&] { with(true, false, true); });
    m.part("Slices, live", 3000, [] {});
    m.part("Slices alone", 2000, [&] { with(false, false, true); });
    m.part("Surface again", 2000, [&] { with(true, false, false); });
    m.part("Stop", 1000, [&] { m.workbench.jobs().requestStop(); });
    std::printf("all parts: %zu longer than 50 ms by the clock, %zu of the processor's time\n", m.over,
                m.overOfProcessor);
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: measure_window RUN.h5 [DIAMETER]\n");
        return 2;
    }
    ui::requestOpenGlFormat();
    QApplication::setAttribute(Qt::AA_ShareOpenGLContexts);
    app::WatchedApplication application(argc, argv);
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    app::applyAppearance(QStringLiteral("light"));
    LocalBackend backend(LocalBackend::Beside::window);
    app::Workbench workbench(backend);
    app::MainWindow window(workbench, false);
    window.resize(1440, 900);
    window.show();
    QTimer::singleShot(500, &application, [&] {
        try {
            measure({application, workbench, window}, QString::fromLocal8Bit(argv[1]),
                    argc > 2 ? QString::fromLatin1(argv[2]).toDouble() : 300);
        } catch (const std::exception& error) {
            std::fprintf(stderr, "%s\n", error.what());
        }
        QApplication::quit();
    });
    return QApplication::exec();
}
