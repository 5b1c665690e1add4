#include "tests/widgets/synthetic_results.h"

#include "app/workbench/frame_tools.h"
#include "app/workbench/main_window.h"
#include "app/workbench/workbench.h"
#include "engine/io/frame_run.h"
#include "engine/io/mask_file.h"
#include "engine/io/polar_run.h"
#include "engine/io/run_geometry.h"
#include "engine/io/run_reader.h"
#include "widgets/canvas/canvas_layer.h"
#include "widgets/frames/frame_view.h"
#include "widgets/geometry_editor/geometry_editor.h"
#include "widgets/mask/mask_editor.h"
#include "widgets/plot/heat_map.h"
#include "widgets/plot/plot_library.h"
#include "widgets/theme/theme.h"

#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <numbers>

using namespace fxs;
using namespace fxs::app;

namespace {

/// Takes jobs and ends them at once; what was submitted is looked at.
class FakeBackend : public Backend {
public:
    std::vector<JobSpec> submitted;
    bool maskWasThere = false;

    BackendInfo info() const override { return {.id = "fake", .name = "A test", .threads = 1}; }
    std::vector<Problem> check(const JobSpec&) const override { return {}; }
    void probe(const SettingValues&, ProbeEvents) override {}
    std::vector<JobRecord> jobs() const override { return {}; }
    std::unique_ptr<Job> submit(const JobSpec& spec, JobEvents events) override;
    std::unique_ptr<Job> attach(const JobId&, JobEvents) override { throw Error(ErrorCode::notFound, "no such job"); }
    Artifact fetch(const JobId&, ArtifactKind) override { return {}; }
};

class EndedJob : public Job {
public:
    JobId id() const override { return "ended"; }
    void requestFinish() noexcept override {}
    void requestStop() noexcept override {}
};

std::string maskOf(const Session& session) {
    const auto input = session.settings().find("input");
    if (input == session.settings().end() || !input->second.contains("mask"))
        return {};
    return toText(input->second.at("mask"));
}

std::unique_ptr<Job> FakeBackend::submit(const JobSpec& spec, JobEvents events) {
    submitted.push_back(spec);
    const auto input = spec.settings.find("input");
    maskWasThere = input != spec.settings.end() && input->second.contains("mask") &&
                   QFile::exists(QString::fromStdString(toText(input->second.at("mask"))));
    events.state(JobState::stopped);
    events.finished(Stopped());
    return std::make_unique<EndedJob>();
}

InputSettings inputOf(const Session& session) {
    InputSettings settings;
    const auto it = session.settings().find("input");
    if (it != session.settings().end())
        throwIfFatal(InputSettings::description().apply(settings, it->second));
    return settings;
}

DetectorGeometry onePanel() {
    return DetectorGeometry::singlePanel(120, 150, 0.15, 2e-4, {78.3, 55.8}, 1.5);
}

DetectorGeometry twoPanels() {
    DetectorGeometry g = DetectorGeometry::singlePanel(80, 90, 0.15, 2e-4, {95, 40}, 1.5);
    Panel other = g.panels[0];
    other.corner = {1.2e-3, 8.5e-3, 0.1502};
    other.fastStep = {0, -2e-4, 0};
    other.slowStep = {2e-4, 0, 0};
    g.panels.push_back(other);
    return g;
}

/// Rings around the beam of `seen`, written with the geometry `said`.
void writeFrames(const QString& path, const DetectorGeometry& said, const DetectorGeometry& seen) {
    FrameRunHeader header;
    header.geometry = said;
    header.experiment = {.wavelengthAngstrom = said.wavelengthAngstrom, .wavelengthKnown = true};
    FrameRunWriter writer(path.toStdString(), std::move(header));
    const auto shape = said.frameShape();
    FrameBatch batch;
    batch.data = Array<float, 4>({3, shape[0], shape[1], shape[2]});
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t p = 0; p < shape[0]; ++p)
            for (std::size_t s = 0; s < shape[1]; ++s)
                for (std::size_t f = 0; f < shape[2]; ++f) {
                    const double q = seen.view(p, static_cast<double>(s) + 0.5, static_cast<double>(f) + 0.5).q;
                    batch.data(i, p, s, f) =
                        static_cast<float>(100 * (1.2 + std::cos(2 * std::numbers::pi * q / 0.08)));
                }
    writer.append(batch);
    writer.finish();
}

struct Bench {
    explicit Bench(const QString& run) : workbench(backend), window(workbench, false) {
        window.resize(1440, 900);
        window.show();
        window.activateWindow();
        if (!QTest::qWaitForWindowActive(&window)) // for shortcuts
            qWarning("the window is not shown");
        workbench.open({run});
        if (!QTest::qWaitFor([this] { return tools() && map()->picture() && workbench.isIdle(); }, 10000))
            qWarning("the run is not shown");
        settle();
    }
    FrameTools* tools() { return window.findChild<FrameTools*>(); }
    ui::HeatMap* map() { return window.frameView()->leftMap(); }
    ui::MaskModel& mask() { return workbench.mask().model(); }
    void settle() {
        QTest::qWait(30);
        map()->plot()->replot();
        QCoreApplication::processEvents();
    }
    void clickTool(const char* name) {
        for (auto* button : tools()->findChildren<QToolButton*>())
            if (button->accessibleName() == QLatin1String(name)) {
                QTest::mouseClick(button, Qt::LeftButton);
                settle();
                return;
            }
        qWarning("no button %s", name);
    }
    QPoint at(ui::HeatMap* on, double x, double y) {
        const auto* plot = on->plot();
        return plot->mapTo(&window, QPoint(qRound(plot->xAxis->coordToPixel(x)), qRound(plot->yAxis->coordToPixel(y))));
    }
    void drag(ui::HeatMap* on, double x0, double y0, double x1, double y1) {
        QWindow* w = window.windowHandle();
        QTest::mousePress(w, Qt::LeftButton, {}, at(on, x0, y0));
        QTest::mouseMove(w, at(on, 0.5 * (x0 + x1), 0.5 * (y0 + y1)));
        QTest::mouseMove(w, at(on, x1, y1));
        QTest::mouseRelease(w, Qt::LeftButton, {}, at(on, x1, y1));
    }

    /// The same on the detector's picture, between its pixels (column, row), whatever unit its axes have.
    void dragPixels(double x0, double y0, double x1, double y1) {
        const ui::PicturePtr p = map()->picture();
        const double dx = (p->xLast - p->xFirst) / static_cast<double>(p->columns - 1);
        const double dy = (p->yLast - p->yFirst) / static_cast<double>(p->rows - 1);
        drag(map(), p->xFirst + x0 * dx, p->yFirst + y0 * dy, p->xFirst + x1 * dx, p->yFirst + y1 * dy);
    }

    FakeBackend backend;
    Workbench workbench;
    MainWindow window;
};

} // namespace

/// Masks and geometry edited in the real window reach every command through settings and files.
class tst_frame_tools : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    QString m_frames, m_panels, m_polar;

private Q_SLOTS:
    void initTestCase() {
        QStandardPaths::setTestModeEnabled(true);
        QApplication::setPalette(ui::lightPalette());
        m_frames = m_folder.filePath(QStringLiteral("frames.cxi"));
        m_panels = m_folder.filePath(QStringLiteral("panels.cxi"));
        m_polar = m_folder.filePath(QStringLiteral("polar.h5"));
        // The file says a centre that is 4 and 3 pixels off.
        writeFrames(m_frames, onePanel().moved({8e-4, -6e-4, 0}), onePanel());
        writeFrames(m_panels, twoPanels(), twoPanels());
        const auto info = fxs::test::polarRun(3);
        PolarRunHeader header;
        header.grid = *info->polarGrid;
        header.experiment = {.wavelengthAngstrom = 0, .wavelengthKnown = true};
        PolarRunWriter writer(m_polar.toStdString(), std::move(header));
        PolarBatch batch;
        batch.intensity = Array<float, 3>({3, info->polarGrid->qCount(), info->polarGrid->phiCount});
        for (std::size_t i = 0; i < batch.intensity.size(); ++i)
            batch.intensity.data()[i] = static_cast<float>(10 + i % 7);
        writer.append(batch);
        writer.finish();
    }
    void cleanupTestCase() {
        QDir(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation)).removeRecursively();
    }

    /// Drawn with the mouse; the file that the settings name is what fxs reads, bit for bit; undo names the one before.
    void drawnMaskIsWhatEveryCommandUses() {
        Bench bench(m_frames);
        Session& session = bench.workbench.session();
        bench.clickTool("Mask");
        QVERIFY(bench.tools()->isShown(FrameTools::maskPanel));
        bench.dragPixels(20, 20, 60, 50);
        QVERIFY(bench.mask().drawnCount() > 500);
        const std::string first = maskOf(session);
        QVERIFY(!first.empty());
        QVERIFY(bench.workbench.command().contains(QLatin1String("--mask")));
        QTRY_VERIFY(bench.workbench.mask().isSettled());
        const auto run = openRun({m_frames.toStdString()}, inputOf(session));
        QCOMPARE(run->info().frameMask.shape(), bench.mask().shape());
        QVERIFY(std::equal(run->info().frameMask.span().begin(), run->info().frameMask.span().end(),
                           bench.mask().drawn().data()));

        bench.dragPixels(80, 60, 110, 90);
        const std::string second = maskOf(session);
        QVERIFY(second != first);
        QTest::keyClick(&bench.window, Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(maskOf(session), first); // the same mask, the same name: results of it are not stale
        QTest::keyClick(&bench.window, Qt::Key_Z, Qt::ControlModifier);
        QVERIFY(maskOf(session).empty());
        QTest::keyClick(&bench.window, Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
        QTest::keyClick(&bench.window, Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
        QCOMPARE(maskOf(session), second);
        QVERIFY(bench.window.grab().save("window-mask.png"));
    }

    /// A job begins only when its mask is on the disk.
    void analyseWaitsForTheMask() {
        Bench bench(m_frames);
        bench.mask().setPixels({{1234, 77}}, false, "test");
        QVERIFY(!bench.workbench.mask().isSettled());
        bench.workbench.analyse();
        QTRY_COMPARE(bench.backend.submitted.size(), std::size_t{1});
        QVERIFY(bench.backend.maskWasThere);
    }

    void masksOfPolarRuns() {
        Bench bench(m_polar);
        bench.clickTool("Mask");
        ui::HeatMap* rings = bench.window.frameView()->rightMap();
        const auto& q = bench.workbench.session().run()->polarGrid->q;
        bench.drag(rings, 90, q[4], 180, q[12]);
        QVERIFY(bench.mask().drawnCount() > 50);
        QTRY_VERIFY(bench.workbench.mask().isSettled());
        const auto run = openRun({m_polar.toStdString()}, inputOf(bench.workbench.session()));
        QCOMPARE(run->info().polarMask.size(), bench.mask().pixelCount());
        QVERIFY(std::equal(run->info().polarMask.span().begin(), run->info().polarMask.span().end(),
                           bench.mask().drawn().data()));
        // On the pattern beside it the same bins: one more shape there.
        const std::size_t before = bench.mask().drawnCount();
        bench.drag(bench.map(), -0.7 * q.back(), -0.7 * q.back(), -0.2 * q.back(), -0.2 * q.back());
        QVERIFY(bench.mask().drawnCount() > before);
        bench.clickTool("Centre and distance");
        QVERIFY(bench.tools()->isShown(FrameTools::geometryPanel) && !bench.tools()->isShown(FrameTools::maskPanel));
        QVERIFY(!bench.tools()->geometry()->shown());
        QVERIFY(bench.window.grab().save("window-polar-mask.png"));
    }

    /// A mask of the user's own is shown and drawn on; the file itself stays as it is.
    void namedMaskIsReadAndNeverWritten() {
        const QString own = m_folder.filePath(QStringLiteral("own.npy"));
        Array<std::uint8_t, 3> mask({1, 120, 150});
        std::ranges::fill(mask.span(), std::uint8_t{1});
        for (std::size_t f = 0; f < 150; ++f)
            mask(0, 7, f) = 0;
        writeMaskFile(own.toStdString(), mask);
        QFile file(own);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray bytes = file.readAll();

        Bench bench(m_frames);
        Session& session = bench.workbench.session();
        session.editSection("input", {{"mask", own.toStdString()}});
        QTRY_COMPARE(bench.mask().drawnCount(), std::size_t{150});
        bench.mask().setPixels({{0, 150}}, false, "test");
        QVERIFY(maskOf(session) != own.toStdString());
        QTRY_VERIFY(bench.workbench.mask().isSettled());
        file.seek(0);
        QCOMPARE(file.readAll(), bytes);
        session.editSection("input", {});
        QTRY_COMPARE(bench.mask().drawnCount(), std::size_t{0});
        // One that does not fit is told, and nothing else happens.
        bench.workbench.mask().load(m_polar, false);
        QTRY_VERIFY(bench.workbench.isIdle());
        QCOMPARE(bench.mask().drawnCount(), std::size_t{0});
        const QString saved = m_folder.filePath(QStringLiteral("saved.h5"));
        bench.mask().setPixels({{10, 5}}, false, "test");
        bench.workbench.mask().save(saved);
        QTRY_VERIFY(bench.workbench.mask().isSettled());
        bench.mask().clear();
        bench.workbench.mask().load(saved, false);
        QTRY_COMPARE(bench.mask().drawnCount(), std::size_t{5});
    }

    /// A facing panel: the centre goes to the settings, and undo takes it back.
    void centreGoesToTheSettings() {
        Bench bench(m_frames);
        Session& session = bench.workbench.session();
        bench.clickTool("Centre and distance");
        QTRY_VERIFY(bench.workbench.geometry().geometry());
        const auto before = ui::valuesOf(*bench.workbench.geometry().geometry());
        QVERIFY(std::abs(before.position[0] - 74.3) < 1e-6 && std::abs(before.position[1] - 58.8) < 1e-6);
        bench.dragPixels(73.8, 58.3, 77.8, 55.3);
        QVERIFY(session.settings().at("input").contains("centre"));
        QTRY_VERIFY(std::abs(ui::valuesOf(*bench.workbench.geometry().geometry()).position[0] - 78.3) < 0.5);
        const auto run = openRun({m_frames.toStdString()}, inputOf(session));
        const auto used = ui::valuesOf(geometryOf(run->info(), inputOf(session)));
        const auto shown = ui::valuesOf(*bench.tools()->geometry()->shown());
        QCOMPARE(used.position, shown.position); // to the last bit
        QVERIFY(bench.workbench.command().contains(QLatin1String("--centre")));
        session.undo().undo();
        QTRY_VERIFY(ui::valuesOf(*bench.workbench.geometry().geometry()).position == before.position);
    }

    /// Many panels: a geometry file of our own with all of them moved.
    void manyPanelsMoveByAGeometryFile() {
        Bench bench(m_panels);
        Session& session = bench.workbench.session();
        QTRY_VERIFY(bench.workbench.geometry().geometry());
        QCOMPARE(bench.workbench.geometry().geometry()->panels.size(), std::size_t{2});
        const auto moved = bench.workbench.geometry().geometry()->moved({3e-4, -1e-4, 2e-3});
        bench.workbench.geometry().edit(moved, "test");
        QTRY_VERIFY(bench.workbench.geometry().isSettled() && bench.workbench.isIdle());
        QVERIFY(QString::fromStdString(toText(session.settings().at("input").at("geometry"))).endsWith(".toml"));
        const auto run = openRun({m_panels.toStdString()}, inputOf(session));
        const auto used = geometryOf(run->info(), inputOf(session));
        for (std::size_t p = 0; p < 2; ++p) {
            QCOMPARE(used.panels[p].corner, moved.panels[p].corner);
            QCOMPARE(used.panels[p].fastStep, moved.panels[p].fastStep);
        }
        QTRY_COMPARE(bench.workbench.geometry().geometry()->panels[1].corner, moved.panels[1].corner);
    }

    /// By the buttons: found, shown, applied, and in the settings only then.
    void refinementFromTheRun() {
        Bench bench(m_frames);
        Session& session = bench.workbench.session();
        bench.clickTool("Centre and distance");
        QTRY_VERIFY(bench.workbench.geometry().geometry());
        ui::GeometryEditor* editor = bench.tools()->geometry();
        const auto click = [&](const char* text) {
            for (auto* b : editor->findChildren<QPushButton*>())
                if (b->text() == QLatin1String(text)) {
                    QTest::mouseClick(b, Qt::LeftButton);
                    return;
                }
            QFAIL(text);
        };
        click("Refine");
        QTRY_VERIFY_WITH_TIMEOUT(editor->hasProposal(), 20000);
        QVERIFY(!session.settings().contains("input") || !session.settings().at("input").contains("centre"));
        bench.settle();
        QVERIFY(bench.window.grab().save("window-refined.png"));
        click("Apply");
        const auto centre = *inputOf(session).centrePixel();
        QVERIFY2(std::abs(centre[0] - 78.3) < 0.1 && std::abs(centre[1] - 55.8) < 0.1,
                 qPrintable(QStringLiteral("%1 %2").arg(centre[0]).arg(centre[1])));
        click("Refine"); // the window goes while it runs
    }
};

QTEST_MAIN(tst_frame_tools)
#include "tst_frame_tools.moc"
