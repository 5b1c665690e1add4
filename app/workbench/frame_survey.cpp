#include "app/workbench/frame_survey.h"

#include "app/workbench/workbench.h"

#include <QFile>

namespace fxs::app {

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
    connect(&workbench.session(), &Session::runChanged, this, &FrameSurvey::follow);
    const auto makeRoom = [this] { m_survey->setGentle(m_workbench.jobs().isRunning()); };
    connect(&workbench.jobs(), &JobController::started, this, makeRoom);
    connect(&workbench.jobs(), &JobController::finished, this, makeRoom);
}

FrameSurvey::~FrameSurvey() {
    m_survey.reset(); // its thread must not speak to what is gone
}

void FrameSurvey::follow() {
    const Session& session = m_workbench.session();
    if (!session.run()) {
        m_survey->close();
        return;
    }
    std::vector<std::string> files;
    for (const QString& file : session.inputs())
        files.push_back(QFile::encodeName(file).toStdString());
    const auto input = session.settings().find("input");
    SettingValues looking = input == session.settings().end() ? SettingValues{} : input->second;
    // The drawn mask changes while one looks; the survey is of what the files say.
    looking.erase("mask");
    looking.erase("mask-meaning");
    m_survey->open(std::move(files), std::move(looking));
}

void FrameSurvey::sum(FrameRange range) {
    m_survey->sum(range);
}

void FrameSurvey::stopSum() {
    m_survey->stopSum();
}

} // namespace fxs::app
