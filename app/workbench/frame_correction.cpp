#include "app/workbench/frame_correction.h"

#include "app/workbench/workbench.h"
#include "engine/core/error.h"
#include "engine/io/run_geometry.h"
#include "engine/io/run_reader.h"
#include "engine/preprocess/make_preprocessor.h"

#include <QFile>

namespace fxs::app {

namespace {

constexpr int kSoonMilliseconds = 300;

SettingValues sectionOf(const Session::Settings& settings, const char* name) {
    const auto it = settings.find(name);
    return it == settings.end() ? SettingValues{} : it->second;
}

template <class S>
S settingsOf(const SettingValues& values) {
    S settings;
    throwIfFatal(S::description().apply(settings, values));
    throwIfFatal(settings.validate());
    return settings;
}

std::shared_ptr<const Preprocessor> makeFor(const std::vector<std::string>& files, const SettingValues& input,
                                            const SettingValues& preprocess, const TaskContext& task) {
    const auto inputSettings = settingsOf<InputSettings>(input);
    const auto settings = settingsOf<PreprocessSettings>(preprocess);
    const auto run = openRun(files, inputSettings, task);
    std::optional<DetectorGeometry> geometry;
    try {
        geometry = geometryOf(run->info(), inputSettings);
    } catch (const Error&) {
        // Most steps need none; those that do say so.
    }
    return makePreprocessor(settings, inputSettings, *run, geometry ? &*geometry : nullptr, task);
}

ui::FrameCorrection correct(const Preprocessor& preprocessor, const BrowsedFrame& frame) {
    ui::FrameCorrection out;
    for (PreprocessStage& stage : preprocessor.explain(frame.raw, {})) {
        if (stage.name == "raw")
            continue; // "as stored"
        QString name = QString::fromStdString(stage.name);
        if (stage.name == "not used")
            out.rejected = QString::fromStdString(stage.note);
        if (stage.name == "not used" || stage.name == "result")
            name = FrameCorrectionKeeper::tr("corrected");
        out.steps.push_back(
            {name, out.rejected.isEmpty() ? QString::fromStdString(stage.note) : QString(), std::move(stage.frame)});
    }
    out.valid = preprocessor.mask().clone();
    return out;
}

} // namespace

FrameCorrectionKeeper::FrameCorrectionKeeper(Workbench& workbench, QObject* parent)
    : QObject(parent), m_workbench(workbench), m_runner("correction") {
    m_soon.setSingleShot(true);
    m_soon.setInterval(kSoonMilliseconds);
    connect(&m_soon, &QTimer::timeout, this, &FrameCorrectionKeeper::follow);
    const auto soon = [this] { m_soon.start(); };
    connect(&workbench.session(), &Session::runChanged, this, soon);
    connect(&workbench.session(), &Session::settingsChanged, this, soon);
    connect(&workbench.geometry(), &GeometryKeeper::settled, this, soon);
}

FrameCorrectionKeeper::~FrameCorrectionKeeper() {
    m_stop.request_stop();
}

void FrameCorrectionKeeper::follow() {
    const Session& session = m_workbench.session();
    Wish wish{session.inputs(), sectionOf(session.settings(), "input"), sectionOf(session.settings(), "preprocess")};
    // Which frames belong to which label changes no pixel.
    wish.preprocess.erase("group-by");
    wish.preprocess.erase("select");
    if (!session.run() || session.run()->polarGrid || wish.preprocess.empty()) {
        m_stop.request_stop();
        if (m_wish.has_value())
            Q_EMIT correctorChanged({});
        m_wish.reset();
        return;
    }
    if (m_wish == wish || !m_workbench.geometry().isSettled())
        return;
    m_wish = wish;
    // The mask and geometry that the settings name may still be on their way to the disk.
    m_workbench.mask().whenSettled([this, wish] {
        if (m_wish == wish)
            prepare(wish);
    });
}

void FrameCorrectionKeeper::prepare(const Wish& wish) {
    m_stop.request_stop();
    m_stop = std::stop_source();
    TaskContext task;
    task.stop = m_stop.get_token();
    std::vector<std::string> files;
    for (const QString& file : wish.files)
        files.push_back(QFile::encodeName(file).toStdString());
    m_runner.run([this, task, files, wish]() -> std::function<void()> {
        ui::FrameCorrector corrector;
        try {
            const auto preprocessor = makeFor(files, wish.input, wish.preprocess, task);
            corrector = [preprocessor](const BrowsedFrame& frame) { return correct(*preprocessor, frame); };
        } catch (const Stopped&) {
            return {};
        } catch (const Error& error) {
            corrector = [error](const BrowsedFrame&) -> ui::FrameCorrection { throw error; };
        } catch (const std::exception& error) {
            corrector = [text = std::string(error.what())](const BrowsedFrame&) -> ui::FrameCorrection {
                throw Error(ErrorCode::badInput, text);
            };
        }
        return [this, wish, corrector] {
            if (m_wish == wish)
                Q_EMIT correctorChanged(corrector);
        };
    });
}

} // namespace fxs::app
