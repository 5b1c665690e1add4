#include "app/workbench/workbench.h"

#include "engine/backend/job_spec_text.h"

#include <QDir>
#include <QFileInfo>

namespace fxs::app {

namespace {

std::vector<std::string> toPaths(const QStringList& files) {
    std::vector<std::string> out;
    for (const QString& file : files)
        out.push_back(QFile::encodeName(file).toStdString());
    return out;
}

} // namespace

Workbench::Workbench(Backend& backend, QObject* parent)
    : QObject(parent), m_pictures("pictures"), m_files("files"), m_mask(m_session, m_files),
      m_geometry(m_session, m_files), m_jobs(backend) {
    FrameBrowserEvents events;
    events.opened = [this](std::shared_ptr<const RunInfo> run) {
        QMetaObject::invokeMethod(
            this,
            [this, run] {
                m_openingRun = false;
                m_session.setRun(run);
                showFrame(0);
            },
            Qt::QueuedConnection);
    };
    events.frame = [this](std::shared_ptr<const BrowsedFrame> frame) {
        QMetaObject::invokeMethod(
            this,
            [this, frame] {
                m_awaitedFrames = 0; // requests overtaken by this one are not answered
                if (frame->run == m_session.run())
                    Q_EMIT frameReady(frame);
                Q_EMIT idleChanged();
            },
            Qt::QueuedConnection);
    };
    events.failed = [this](const Error& error) {
        QMetaObject::invokeMethod(
            this,
            [this, message = QString::fromStdString(error.message())] {
                m_awaitedFrames = 0;
                m_openingRun = false;
                log(LogLevel::error, message);
                Q_EMIT openFailed(m_session.inputs().join(QStringLiteral(", ")), message);
                Q_EMIT idleChanged();
            },
            Qt::QueuedConnection);
    };
    m_browser = std::make_unique<FrameBrowser>(std::move(events));
    const auto say = [this](const QString& message, bool isError) {
        log(isError ? LogLevel::error : LogLevel::info, message);
    };
    connect(&m_mask, &MaskKeeper::said, this, say);
    connect(&m_geometry, &GeometryKeeper::said, this, say);
    connect(&m_jobs, &JobController::logged, this, &Workbench::logged);
    connect(&m_jobs, &JobController::snapshotReady, this,
            [this](const Snapshot& snapshot) { m_session.takeResults(snapshot, m_jobs.spec().settings); });
    connect(&m_jobs, &JobController::finished, this,
            [this](const QString&, const Outcome& outcome) { onFinished(outcome); });
    connect(&m_pictures, &TaskRunner::idle, this, &Workbench::idleChanged);
    connect(&m_files, &TaskRunner::idle, this, &Workbench::idleChanged);
}

Workbench::~Workbench() {
    m_browser.reset(); // its thread must not speak to members that are gone
}

void Workbench::open(const QStringList& paths) {
    if (paths.isEmpty())
        return;
    m_files.run(
        [this, paths]() -> std::function<void()> { return [this, opened = openPaths(paths)] { takeOpened(opened); }; });
}

void Workbench::takeOpened(const OpenedPaths& opened) {
    for (const QString& problem : opened.problems) {
        log(LogLevel::error, problem);
        Q_EMIT openFailed({}, problem);
    }
    if (!opened.runFiles.isEmpty())
        openRun(opened.runFiles);
    if (!opened.resultFiles.isEmpty()) {
        // What was made elsewhere is taken to match the settings as they stand.
        m_session.takeResults(opened.results, m_session.settings());
        m_session.setResultFiles(opened.resultFiles);
        for (const QString& file : opened.resultFiles)
            log(LogLevel::info, tr("opened %1").arg(file));
    }
}

void Workbench::openRun(const QStringList& files) {
    if (m_jobs.isRunning()) {
        m_jobs.requestStop();
        log(LogLevel::warning, tr("another run was opened: the running job is stopped, what it has is kept"));
    }
    m_openingRun = true;
    m_session.setInputs(files);
    const auto input = m_session.settings().find("input");
    SettingValues looking = input == m_session.settings().end() ? SettingValues{} : input->second;
    // The mask of the settings is drawn over the frames, where it can be edited; theirs is what the files say.
    looking.erase("mask");
    looking.erase("mask-meaning");
    m_browser->open(toPaths(files), looking);
    log(LogLevel::info, tr("opening %1").arg(files.join(QStringLiteral(", "))));
}

void Workbench::showFrame(std::uint64_t index) {
    if (!m_session.run())
        return;
    ++m_awaitedFrames;
    m_browser->show(index);
}

QString Workbench::outputFolder() const {
    if (m_session.inputs().isEmpty())
        return m_session.resultFiles().isEmpty() ? QString()
                                                 : QFileInfo(m_session.resultFiles().front()).absolutePath();
    const QFileInfo first(m_session.inputs().front());
    const QString base = first.dir().filePath(first.completeBaseName() + QStringLiteral("-result"));
    // An earlier result is never written over: the next free number is taken.
    QString folder = base;
    for (int i = 2; QFileInfo::exists(folder); ++i)
        folder = QStringLiteral("%1-%2").arg(base).arg(i);
    return folder;
}

QString Workbench::resultFile(const QString& name) const {
    for (const QString& file : m_session.resultFiles())
        if (QFileInfo(file).fileName() == name)
            return file;
    return {};
}

JobSpec Workbench::jobSpec(Stage first, Stage last) const {
    JobSpec spec;
    spec.first = first;
    spec.last = last;
    spec.settings = m_session.settings();
    if (first == Stage::correlate) {
        spec.inputs = toPaths(m_session.inputs());
        spec.outputFolder = QFile::encodeName(outputFolder()).toStdString();
    } else {
        const QString input =
            resultFile(first == Stage::filter ? QStringLiteral("CORRELATION.h5") : QStringLiteral("COEFFICIENTS.h5"));
        if (!input.isEmpty()) {
            spec.inputs = toPaths({input});
            spec.outputFolder = QFile::encodeName(QFileInfo(input).absolutePath()).toStdString();
            spec.overwrite = true; // this stage's own older file, whose settings are stale
        }
    }
    const QString what =
        m_session.inputs().isEmpty() ? tr("analysis") : QFileInfo(m_session.inputs().front()).completeBaseName();
    spec.name = what.toStdString();
    return spec;
}

std::vector<Problem> Workbench::check() const {
    return m_jobs.check(jobSpec(Stage::correlate, Stage::reconstruct));
}

void Workbench::analyse(Stage first, Stage last) {
    if (!m_mask.isSettled()) { // the job reads the mask from the file that is being written
        m_mask.whenSettled([this, first, last] { analyse(first, last); });
        return;
    }
    const JobSpec spec = jobSpec(first, last);
    std::vector<Problem> problems = m_jobs.check(spec);
    Q_EMIT problemsFound(problems);
    bool fatal = false;
    for (const Problem& problem : problems) {
        log(problem.fatal ? LogLevel::error : LogLevel::warning, QString::fromStdString(problem.message));
        fatal = fatal || problem.fatal;
    }
    if (!fatal)
        m_jobs.start(spec);
}

QString Workbench::command() const {
    return QString::fromStdString(commandLine(jobSpec(Stage::correlate, Stage::reconstruct)));
}

void Workbench::onFinished(const Outcome& outcome) {
    if (const auto* result = std::get_if<JobResult>(&outcome)) {
        m_session.takeResults(result->last, m_jobs.spec().settings);
        QStringList files = m_session.resultFiles();
        for (const std::string& file : result->files) {
            const QString path = QFile::decodeName(file.c_str());
            files.removeIf([&](const QString& old) { return QFileInfo(old).fileName() == QFileInfo(path).fileName(); });
            files << path;
        }
        m_session.setResultFiles(files);
        for (const auto& [stage, seconds] : result->seconds)
            log(LogLevel::info, tr("%1: %2 s").arg(QString::fromUtf8(stageName(stage))).arg(seconds, 0, 'f', 1));
    } else if (const auto* error = std::get_if<Error>(&outcome)) {
        log(LogLevel::error, QString::fromStdString(error->message()));
    } else {
        log(LogLevel::warning, tr("stopped; what was finished is kept"));
    }
    Q_EMIT idleChanged();
}

bool Workbench::isIdle() const {
    return m_pictures.isIdle() && m_files.isIdle() && m_mask.isSettled() && !m_openingRun && m_awaitedFrames == 0;
}

void Workbench::log(LogLevel level, const QString& text) {
    Q_EMIT logged(LogLine{level, text.toStdString()});
}

} // namespace fxs::app
