#include "app/workbench/session.h"

#include <QUndoCommand>
#include <algorithm>

namespace fxs::app {

namespace {

constexpr int kSettingsStepId = 0x5e7;
constexpr Stage kStages[] = {Stage::correlate, Stage::filter, Stage::reconstruct};

/// The sections that a stage's result depends on: its own and those of the stages before it.
Session::Settings relevant(const Session::Settings& all, Stage stage) {
    Session::Settings out;
    for (const auto& [section, values] : all) {
        const bool wanted = (section != "filter" || stage >= Stage::filter) &&
                            (section != "reconstruct" || stage == Stage::reconstruct);
        if (wanted && !values.empty())
            out[section] = values;
    }
    return out;
}

/// The one key whose values differ; empty if none or several do.
std::string onlyChange(const SettingValues& before, const SettingValues& after) {
    std::string only;
    int count = 0;
    const auto look = [&](const SettingValues& a, const SettingValues& b, bool alsoDiffering) {
        for (const auto& [key, value] : a) {
            const auto it = b.find(key);
            if (it == b.end() || (alsoDiffering && it->second != value)) {
                only = key;
                ++count;
            }
        }
    };
    look(before, after, true);
    look(after, before, false);
    return count == 1 ? only : std::string();
}

} // namespace

/// One section from one state to another. Steps of the same single key that follow each other are keystrokes in its field: one step.
class Session::SettingsStep : public QUndoCommand {
public:
    SettingsStep(Session& session, std::string section, SettingValues before, SettingValues after, const QString& text)
        : m_session(session), m_section(std::move(section)), m_before(std::move(before)), m_after(std::move(after)),
          m_key(onlyChange(m_before, m_after)) {
        setText(!text.isEmpty() ? text
                : m_key.empty() ? Session::tr("settings of %1").arg(QString::fromStdString(m_section))
                                : QString::fromStdString(m_key));
    }
    int id() const override { return kSettingsStepId; }
    void undo() override { m_session.applySection(m_section, m_before); }
    void redo() override { m_session.applySection(m_section, m_after); }
    bool mergeWith(const QUndoCommand* other) override {
        const auto* next = static_cast<const SettingsStep*>(other);
        if (m_key.empty() || next->m_key != m_key || next->m_section != m_section)
            return false;
        m_after = next->m_after;
        setObsolete(m_before == m_after); // typed and taken back: no step at all
        return true;
    }

private:
    Session& m_session;
    std::string m_section;
    SettingValues m_before, m_after;
    std::string m_key;
};

Session::Session(QObject* parent) : QObject(parent) {
    connect(&m_undo, &QUndoStack::cleanChanged, this, &Session::modifiedChanged);
    connect(&m_undo, &QUndoStack::indexChanged, this, &Session::changed);
}

Session::~Session() {
    m_undo.disconnect(this);
}

void Session::setInputs(const QStringList& files) {
    m_inputs = files;
    m_run.reset();
    m_results = {};
    m_resultFiles.clear();
    m_mask.reset();
    Q_EMIT runChanged();
    for (const Stage stage : kStages)
        Q_EMIT resultsChanged(stage);
    Q_EMIT resultFilesChanged();
    Q_EMIT drawnMaskChanged();
    Q_EMIT staleChanged();
    Q_EMIT changed();
}

void Session::setRun(std::shared_ptr<const RunInfo> run) {
    m_run = std::move(run);
    Q_EMIT runChanged();
}

void Session::editSection(const std::string& section, const SettingValues& values, const QString& text) {
    const auto it = m_settings.find(section);
    const SettingValues before = it == m_settings.end() ? SettingValues{} : it->second;
    if (before != values)
        m_undo.push(new SettingsStep(*this, section, before, values, text));
}

void Session::changeSetting(const std::string& section, const std::string& key, const SettingValue& value) {
    const auto it = m_settings.find(section);
    SettingValues values = it == m_settings.end() ? SettingValues{} : it->second;
    if (std::holds_alternative<std::monostate>(value))
        values.erase(key);
    else
        values[key] = value;
    editSection(section, values);
}

void Session::applySection(const std::string& section, const SettingValues& values) {
    if (values.empty())
        m_settings.erase(section);
    else
        m_settings[section] = values;
    Q_EMIT settingsChanged();
    Q_EMIT staleChanged();
}

void Session::setSettings(const Settings& settings) {
    m_settings = settings;
    std::erase_if(m_settings, [](const auto& section) { return section.second.empty(); });
    Q_EMIT settingsChanged();
    Q_EMIT staleChanged();
    Q_EMIT changed();
}

void Session::setDrawnMask(DrawnMask mask) {
    if (m_mask == mask)
        return;
    m_mask = std::move(mask);
    Q_EMIT drawnMaskChanged();
    Q_EMIT staleChanged();
    Q_EMIT changed();
}

void Session::takeResults(const Snapshot& results, const Settings& settings) {
    const auto taken = [&](Stage stage) {
        m_madeWith[static_cast<std::size_t>(stage)] = relevant(settings, stage);
        Q_EMIT resultsChanged(stage);
    };
    if (results.correlation) {
        m_results.correlation = results.correlation;
        m_results.labelled = results.labelled;
        taken(Stage::correlate);
    }
    if (results.coefficients) {
        m_results.coefficients = results.coefficients;
        taken(Stage::filter);
    }
    if (results.phasing || results.density) {
        // A finished density outlives the running one it came from; a new run's first picture replaces both.
        m_results.phasing = results.density ? nullptr : results.phasing;
        if (results.density)
            m_results.density = results.density;
        taken(Stage::reconstruct);
    }
    Q_EMIT staleChanged();
}

void Session::setResultFiles(const QStringList& files) {
    m_resultFiles = files;
    Q_EMIT resultFilesChanged();
    Q_EMIT changed();
}

bool Session::hasResult(Stage stage) const {
    switch (stage) {
    case Stage::correlate:
        return m_results.correlation != nullptr;
    case Stage::filter:
        return m_results.coefficients != nullptr;
    case Stage::reconstruct:
        return m_results.density != nullptr || m_results.phasing != nullptr;
    }
    return false;
}

bool Session::isStale(Stage stage) const {
    return hasResult(stage) && m_madeWith[static_cast<std::size_t>(stage)] != relevant(m_settings, stage);
}

void Session::noteJob(const SessionJob& job) {
    const auto it = std::find_if(m_jobs.begin(), m_jobs.end(), [&](const SessionJob& j) { return j.id == job.id; });
    if (it == m_jobs.end())
        m_jobs.push_back(job);
    else
        *it = job;
    touch();
    Q_EMIT jobsChanged();
}

void Session::setJobs(std::vector<SessionJob> jobs) {
    m_jobs = std::move(jobs);
    Q_EMIT jobsChanged();
}

void Session::setPlace(const std::string& id) {
    if (m_place == id)
        return;
    m_place = id;
    touch();
}

void Session::setSaved(const QString& path) {
    m_touched = false;
    m_undo.setClean();
    if (m_path != path) {
        m_path = path;
        Q_EMIT pathChanged();
    }
    Q_EMIT modifiedChanged();
}

void Session::touch() {
    if (!std::exchange(m_touched, true))
        Q_EMIT modifiedChanged();
    Q_EMIT changed();
}

void Session::clear() {
    m_undo.clear();
    setSettings({});
    setInputs({});
    setJobs({});
    m_place.clear();
    setSaved({});
}

} // namespace fxs::app
