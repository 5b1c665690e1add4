#include "app/workbench/frame_survey.h"

#include "app/workbench/workbench.h"

#include <QFile>

namespace fxs::app {

namespace {
constexpr int kRestMilliseconds = 1500; // after the last stroke or keystroke, before a run is looked through again
} // namespace

FrameSurvey::FrameSurvey(Workbench& workbench, QObject* parent) : QObject(parent), m_workbench(workbench) {
    const auto pass = [this](auto signal) {
        return [this, signal](auto value) {
            QMetaObject::invokeMethod(
                this,
                [this, signal, value] {
                    const auto run = m_workbench.session().run();
                    // The survey has a description of its own: the same files are the same run.
                    if (run && value->run && value->run->files == run->files)
                        Q_EMIT(this->*signal)(value);
                },
                Qt::QueuedConnection);
        };
    };
    RunSurveyEvents events;
    events.scores = pass(&FrameSurvey::scoresReady);
    events.statistics = pass(&FrameSurvey::statisticsReady);
    events.failed = [this](const Error& error) {
        QMetaObject::invokeMethod(
            this,
            [this, message = error.message()] {
                Q_EMIT m_workbench.logged(LogLine{LogLevel::warning, "looking through the run: " + message});
            },
            Qt::QueuedConnection);
    };
    m_survey = std::make_unique<RunSurvey>(std::move(events));
    m_rest.setSingleShot(true);
    m_rest.setInterval(kRestMilliseconds);
    connect(&m_rest, &QTimer::timeout, this, &FrameSurvey::open);
    connect(this, &FrameSurvey::statisticsReady, this, [this](const auto& sums) { m_summing = !sums->complete; });
    connect(&workbench.session(), &Session::runChanged, this, &FrameSurvey::follow);
    connect(&workbench.session(), &Session::settingsChanged, this, &FrameSurvey::followSettings);
    const auto makeRoom = [this] { m_survey->setGentle(m_workbench.jobs().isRunning()); };
    connect(&workbench.jobs(), &JobController::started, this, makeRoom);
    connect(&workbench.jobs(), &JobController::finished, this, makeRoom);
}

FrameSurvey::~FrameSurvey() {
    m_survey.reset(); // its thread must not speak to what is gone
}

SettingValues FrameSurvey::wantedInput() const {
    const Session& session = m_workbench.session();
    const auto input = session.settings().find("input");
    return input == session.settings().end() ? SettingValues{} : input->second;
}

void FrameSurvey::follow() {
    m_rest.stop();
    m_summing = false;
    if (m_workbench.session().run())
        open();
    else
        m_survey->close();
}

void FrameSurvey::followSettings() {
    if (m_workbench.session().run() && wantedInput() != m_input)
        m_rest.start();
}

void FrameSurvey::open() {
    if (m_summing) { // somebody waits for that; the view leaves out what is masked by itself
        m_rest.start();
        return;
    }
    // A drawn mask may still be on its way to the disk.
    m_workbench.mask().whenSettled([this, run = m_workbench.session().run()] {
        const Session& session = m_workbench.session();
        if (!run || session.run() != run)
            return;
        m_input = wantedInput();
        std::vector<std::string> files;
        for (const QString& file : session.inputs())
            files.push_back(QFile::encodeName(file).toStdString());
        m_survey->open(std::move(files), m_input);
    });
}

void FrameSurvey::sum(FrameRange range) {
    m_summing = true;
    m_survey->sum(range);
}

void FrameSurvey::stopSum() {
    m_summing = false;
    m_survey->stopSum();
}

} // namespace fxs::app
