#include "app/workbench/workbench.h"

#include "app/workbench/job_preparation.h"
#include "engine/backend/job_spec_text.h"
#include "engine/core/provenance.h"

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

QStringList toNames(const std::vector<std::string>& files) {
    QStringList out;
    for (const std::string& file : files)
        out << QFile::decodeName(file.c_str());
    return out;
}

} // namespace

Workbench::Workbench(Backend& backend, QObject* parent)
    : QObject(parent), m_pictures("pictures"), m_files("files"), m_mask(m_session, m_files),
      m_geometry(m_session, m_files), m_jobs(backend), m_keeper(m_session, m_jobs) {
    connectBrowser();
    connectJobs();
    const auto say = [this](const QString& message, bool isError) {
        log(isError ? LogLevel::error : LogLevel::info, message);
    };
    connect(&m_mask, &MaskKeeper::said, this, say);
    connect(&m_geometry, &GeometryKeeper::said, this, say);
    connect(&m_pictures, &TaskRunner::idle, this, &Workbench::idleChanged);
    connect(&m_files, &TaskRunner::idle, this, &Workbench::idleChanged);
}

Workbench::~Workbench() = default;

void Workbench::connectBrowser() {
    connect(&m_browser, &RunBrowser::opened, this, [this](std::shared_ptr<const RunInfo> run) {
        m_browser.show(0); // first: a view may want another one
        m_session.setRun(run);
    });
    connect(&m_browser, &RunBrowser::frameReady, this, [this](std::shared_ptr<const BrowsedFrame> frame) {
        Q_EMIT frameReady(frame);
        Q_EMIT idleChanged();
    });
    connect(&m_browser, &RunBrowser::failed, this, [this](const QString& message, bool whileOpening) {
        log(LogLevel::error, message);
        if (whileOpening)
            Q_EMIT openFailed(m_session.inputs().join(QStringLiteral(", ")), message);
        else
            Q_EMIT frameFailed(message);
        Q_EMIT idleChanged();
    });
}

void Workbench::connectJobs() {
    connect(&m_jobs, &JobController::logged, this,
            [this](const QString& id, const LogLine& line) { Q_EMIT logged(line, id); });
    connect(&m_jobs, &JobController::snapshotReady, this,
            [this](const Snapshot& snapshot) { m_session.takeResults(snapshot, m_submittedWith); });
    connect(&m_keeper, &JobKeeper::failed, this, [this](const QString& message) { log(LogLevel::warning, message); });
    connect(&m_jobs, &JobController::followedChanged, this, [this](const QString& id) {
        if (!id.isEmpty())
            m_submittedWith = m_keeper.settingsOf(id);
    });
    connect(&m_jobs, &JobController::finished, this, &Workbench::onFinished);
    connect(&m_jobs, &JobController::submitFailed, this, [this](const JobSpec&, const Error& error) {
        log(LogLevel::error, QString::fromStdString(error.message()));
        openWaiting();
        Q_EMIT idleChanged();
    });
    connect(&m_jobs, &JobController::letGoEnded, this, [this](const QString& id, const Outcome& outcome) {
        if (const auto* error = std::get_if<Error>(&outcome))
            log(LogLevel::error, QString::fromStdString(error->message()));
        else
            log(LogLevel::info, tr("job %1 has ended; its files are kept").arg(id));
    });
    connect(&m_jobs, &JobController::fetchFailed, this, [this](const QString& id, const Error& error) {
        Q_EMIT logged(LogLine{LogLevel::error, error.message()}, id);
    });
    connect(&m_jobs, &JobController::attachFailed, this, [this](const QString& id, const Error& error) {
        Q_EMIT logged(LogLine{LogLevel::warning, error.message()}, id);
    });
    connect(&m_jobs.places(), &Places::changed, this, &Workbench::placeChanged);
}

QString Workbench::place() const {
    const QString chosen = QString::fromStdString(m_session.place());
    return m_jobs.places().find(chosen) ? chosen : Places::kLocal;
}

void Workbench::setPlace(const QString& id) {
    m_session.setPlace(id == Places::kLocal ? std::string() : id.toStdString());
    Q_EMIT placeChanged();
}

// --- opening ---------------------------------------------------------------------------------------------------------

void Workbench::open(const QStringList& paths) {
    if (paths.isEmpty())
        return;
    QStringList absolute;
    for (const QString& path : paths)
        absolute << QFileInfo(path).absoluteFilePath();
    m_files.run([this, absolute]() -> std::function<void()> {
        return [this, opened = openPaths(absolute)] { takeOpened(opened); };
    });
}

void Workbench::takeOpened(const OpenedPaths& opened) {
    if (opened.document) {
        takeDocument(opened, opened.session);
        Q_EMIT visited(opened.session);
        return;
    }
    for (const QString& problem : opened.problems) {
        log(LogLevel::error, problem);
        Q_EMIT openFailed({}, problem);
    }
    if (!opened.runFiles.isEmpty()) {
        if (m_jobs.isRunning() && !m_jobs.canStart(Places::kLocal)) { // one elsewhere goes on by itself
            m_waiting = opened.runFiles;
            Q_EMIT runWaiting(m_waiting);
        } else {
            openRun(opened.runFiles);
        }
    }
    if (!opened.resultFiles.isEmpty()) {
        takeResults(opened, m_session.settings().empty() && m_session.undo().count() == 0);
        for (const QString& file : opened.resultFiles)
            log(LogLevel::info, tr("opened %1").arg(file));
    }
}

void Workbench::takeResults(const OpenedPaths& opened, bool adoptSettings) {
    if (adoptSettings) {
        Session::Settings made;
        for (const auto& settings : opened.settings)
            if (settings)
                for (const auto& [section, values] : *settings)
                    made[section] = values;
        m_session.setSettings(made);
    }
    const auto takeStage = [&](Stage stage, const Snapshot& only) {
        // Where a result does not tell (sections of stages before it, foreign files), it is taken to match.
        Session::Settings made = m_session.settings();
        if (const auto& told = opened.settings[static_cast<std::size_t>(stage)])
            for (const auto& [section, values] : *told)
                made[section] = values;
        m_session.takeResults(only, made);
    };
    Snapshot correlation, coefficients, density;
    correlation.correlation = opened.results.correlation;
    correlation.labelled = opened.results.labelled;
    coefficients.coefficients = opened.results.coefficients;
    density.density = opened.results.density;
    takeStage(Stage::correlate, correlation);
    takeStage(Stage::filter, coefficients);
    takeStage(Stage::reconstruct, density);
    m_session.setResultFiles(opened.resultFiles);
}

void Workbench::takeDocument(const OpenedPaths& opened, const QString& path) {
    const SessionDocument& document = *opened.document;
    Q_EMIT aboutToReplace();
    m_jobs.letGo();
    decide(Waiting::forget);
    m_browser.close();
    m_session.clear();
    m_session.setSettings(document.settings);
    m_keeper.takeSession(document.jobs);
    setPlace(QString::fromStdString(document.place));
    for (const QString& problem : opened.problems)
        log(LogLevel::warning, problem);
    if (!document.sources.empty())
        openRun(toNames(document.sources));
    m_session.setDrawnMask(document.mask);
    takeResults(opened, false);
    m_session.setSaved(path);
    if (!opened.missing.isEmpty()) {
        for (const QString& file : opened.missing)
            log(LogLevel::error, tr("%1 is not there any more; the session names it").arg(file));
        Q_EMIT filesMissing(opened.missing);
    }
    Q_EMIT documentTaken(document);
}

void Workbench::newSession() {
    Q_EMIT aboutToReplace();
    m_jobs.letGo();
    decide(Waiting::forget);
    m_browser.close();
    m_session.clear();
    Q_EMIT idleChanged();
}

void Workbench::decide(Waiting choice) {
    if (m_waiting.isEmpty() || choice == Waiting::afterJob)
        return; // what waits is opened when the job has ended
    const QStringList files = std::exchange(m_waiting, {});
    Q_EMIT runDecided();
    if (choice == Waiting::stopJob) {
        if (m_jobs.isRunning())
            log(LogLevel::warning, tr("another run was opened: the running job is stopped, what it has is kept"));
        m_jobs.letGo();
        openRun(files);
    }
}

void Workbench::openRun(const QStringList& files) {
    m_session.setInputs(files);
    const auto input = m_session.settings().find("input");
    SettingValues looking = input == m_session.settings().end() ? SettingValues{} : input->second;
    // The mask of the settings is drawn over the frames, where it can be edited; theirs is what the files say.
    looking.erase("mask");
    looking.erase("mask-meaning");
    m_browser.open(files, looking);
    log(LogLevel::info, tr("opening %1").arg(files.join(QStringLiteral(", "))));
    Q_EMIT visited(files.front());
}

void Workbench::showFrame(std::uint64_t index) {
    if (m_session.run())
        m_browser.show(index);
}

// --- jobs ------------------------------------------------------------------------------------------------------------

/// Beside the run, named after it; who writes takes the next free number.
QString Workbench::baseFolder() const {
    if (m_session.inputs().isEmpty())
        return m_session.resultFiles().isEmpty() ? QString()
                                                 : QFileInfo(m_session.resultFiles().front()).absolutePath();
    const QFileInfo first(m_session.inputs().front());
    return first.dir().filePath(first.completeBaseName() + QStringLiteral("-result"));
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
        spec.outputFolder = QFile::encodeName(baseFolder()).toStdString();
    } else {
        const QString input =
            resultFile(first == Stage::filter ? QStringLiteral("CORRELATION.h5") : QStringLiteral("COEFFICIENTS.h5"));
        if (!input.isEmpty()) {
            spec.inputs = toPaths({input});
            spec.outputFolder = QFile::encodeName(QFileInfo(input).absolutePath()).toStdString();
        }
    }
    const QString what =
        m_session.inputs().isEmpty() ? tr("analysis") : QFileInfo(m_session.inputs().front()).completeBaseName();
    spec.name = what.toStdString();
    return spec;
}

void Workbench::analyse(Stage first, Stage last) {
    if (!m_mask.isSettled()) { // the job reads the mask from the file that is being written
        m_mask.whenSettled([this, first, last] { analyse(first, last); });
        return;
    }
    if (canAnalyse())
        prepare(jobSpec(first, last), m_session.settings(), place());
}

void Workbench::resubmit(const QString& jobId, bool resume) {
    // What was kept lies where the job ran.
    const QString where = resume ? m_keeper.placeOf(jobId) : place();
    if (m_preparing || !m_jobs.canStart(where) || !m_keeper.hasSpec(jobId))
        return;
    JobSpec spec = m_keeper.specOf(jobId);
    spec.resume = resume;
    bringRunOf(spec);
    prepare(spec, m_keeper.settingsOf(jobId), where);
}

/// The run and the settings of a job, where another run is open: views show one run at a time.
void Workbench::bringRunOf(const JobSpec& spec) {
    const QStringList files = toNames(spec.inputs);
    if (spec.first != Stage::correlate || files.isEmpty() || files == m_session.inputs())
        return;
    Q_EMIT aboutToReplace();
    m_jobs.letGo();
    decide(Waiting::forget);
    m_browser.close();
    m_session.clear();
    m_session.setSettings(spec.settings);
    openRun(files);
}

void Workbench::showJob(const QString& jobId) {
    const SessionJob* job = m_keeper.find(jobId);
    if (m_keeper.hasSpec(jobId))
        bringRunOf(m_keeper.specOf(jobId));
    if (m_jobs.isRunning(jobId))
        m_jobs.follow(jobId);
    else if (job && m_keeper.placeOf(jobId) != Places::kLocal)
        fetchResults(jobId);
    else if (job && !job->folder.empty())
        open({QFile::decodeName(job->folder.c_str())});
}

void Workbench::fetchResults(const QString& jobId) {
    const QString place = m_keeper.placeOf(jobId);
    const SessionJob* job = m_keeper.find(jobId);
    log(LogLevel::info, tr("fetching the results of %1").arg(job ? QString::fromStdString(job->name) : jobId));
    m_jobs.fetch(place, backendIdOf(place, jobId), ArtifactKind::result,
                 [this](const Artifact& artifact) { open({QFile::decodeName(artifact.path.c_str())}); });
}

/// Names, checks and the mask's file are matters of the disk: away from the window, then back.
void Workbench::prepare(const JobSpec& spec, const Session::Settings& inForce, const QString& place) {
    const Place* where = m_jobs.places().find(place);
    if (!where)
        return;
    m_preparing = true;
    m_files.run([this, spec, inForce, inputs = m_session.inputs(), id = where->id,
                 backend = where->backend]() -> std::function<void()> {
        PreparedJob job = prepareJob(spec);
        if (!job.hasFatal()) {
            std::vector<Problem> more = backend->check(job.spec);
            job.problems.insert(job.problems.end(), more.begin(), more.end());
        }
        return [this, job = std::move(job), inForce, inputs, id] {
            m_preparing = false;
            if (inputs != m_session.inputs() || !m_jobs.canStart(id))
                return; // another run was opened meanwhile
            m_keeper.expect(inForce);
            start(job.spec, job.problems, id);
        };
    });
}

void Workbench::start(const JobSpec& spec, const std::vector<Problem>& problems, const QString& where) {
    Q_EMIT problemsFound(problems);
    bool fatal = false;
    for (const Problem& problem : problems) {
        log(problem.fatal ? LogLevel::error : LogLevel::warning, QString::fromStdString(problem.message));
        fatal = fatal || problem.fatal;
    }
    if (!fatal)
        m_jobs.start(spec, where);
}

QString Workbench::command() const {
    return QString::fromStdString(commandLine(jobSpec(Stage::correlate, Stage::reconstruct)));
}

void Workbench::onFinished(const QString& id, const Outcome& outcome, bool followed) {
    const QString name = QString::fromStdString(m_keeper.specOf(id).name);
    const auto say = [&](LogLevel level, const QString& text) {
        Q_EMIT logged(LogLine{level, followed ? text.toStdString() : tr("%1: %2").arg(name, text).toStdString()}, id);
    };
    if (const auto* result = std::get_if<JobResult>(&outcome)) {
        if (followed)
            takeResult(*result);
        for (const auto& [stage, seconds] : result->seconds)
            say(LogLevel::info, tr("%1: %2 s").arg(QString::fromUtf8(stageName(stage))).arg(seconds, 0, 'f', 1));
        if (!followed)
            say(LogLevel::info, tr("the job is done; its results can be fetched"));
    } else if (const auto* error = std::get_if<Error>(&outcome)) {
        say(LogLevel::error, QString::fromStdString(error->message()));
    } else {
        say(LogLevel::warning, tr("stopped; what was finished is kept"));
    }
    if (followed)
        openWaiting();
    Q_EMIT idleChanged();
}

void Workbench::takeResult(const JobResult& result) {
    m_session.takeResults(result.last, m_submittedWith);
    QStringList files = m_session.resultFiles();
    for (const std::string& file : result.files) {
        const QString path = QFile::decodeName(file.c_str());
        files.removeIf([&](const QString& old) { return QFileInfo(old).fileName() == QFileInfo(path).fileName(); });
        files << path;
    }
    m_session.setResultFiles(files);
    m_session.touch();
}

/// The run that waited for the job's end.
void Workbench::openWaiting() {
    if (m_waiting.isEmpty())
        return;
    const QStringList files = std::exchange(m_waiting, {});
    Q_EMIT runDecided();
    openRun(files);
}

bool Workbench::isIdle() const {
    return m_pictures.isIdle() && m_files.isIdle() && m_keeper.isIdle() && m_mask.isSettled() && m_browser.isIdle();
}

void Workbench::log(LogLevel level, const QString& text) {
    Q_EMIT logged(LogLine{level, text.toStdString()});
}

} // namespace fxs::app
