#include "app/workbench/session.h"

#include <QElapsedTimer>
#include <QUndoCommand>

namespace fxs::app {

namespace {

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

constexpr qint64 kOneStepMilliseconds = 1500;

/// The values of one section before and after.
class SectionStep : public QUndoCommand {
public:
    SectionStep(Session& session, std::string section, SettingValues before, SettingValues after, const QString& text)
        : QUndoCommand(text), m_session(session), m_section(std::move(section)), m_before(std::move(before)),
          m_after(std::move(after)) {
        m_since.start();
    }
    void undo() override { m_session.setSection(m_section, m_before); }
    void redo() override { m_session.setSection(m_section, m_after); }
    int id() const override { return 1; }
    bool mergeWith(const QUndoCommand* other) override {
        const auto* step = static_cast<const SectionStep*>(other);
        if (step->m_section != m_section || step->text() != text() || m_since.elapsed() > kOneStepMilliseconds)
            return false;
        m_after = step->m_after;
        m_since.restart();
        setObsolete(m_after == m_before);
        return true;
    }

private:
    Session& m_session;
    std::string m_section;
    SettingValues m_before, m_after;
    QElapsedTimer m_since;
};

} // namespace

void Session::setInputs(const QStringList& files) {
    m_inputs = files;
    m_run.reset();
    m_results = {};
    m_resultFiles.clear();
    Q_EMIT runChanged();
    for (const Stage stage : {Stage::correlate, Stage::filter, Stage::reconstruct})
        Q_EMIT resultsChanged(stage);
    Q_EMIT resultFilesChanged();
    Q_EMIT staleChanged();
}

void Session::setRun(std::shared_ptr<const RunInfo> run) {
    m_run = std::move(run);
    Q_EMIT runChanged();
}

void Session::setSection(const std::string& section, const SettingValues& values) {
    const auto it = m_settings.find(section);
    if ((it == m_settings.end() && values.empty()) || (it != m_settings.end() && it->second == values))
        return;
    m_settings[section] = values;
    Q_EMIT settingsChanged();
    Q_EMIT staleChanged();
}

void Session::editSection(const std::string& section, const SettingValues& values, const QString& text) {
    const auto it = m_settings.find(section);
    const SettingValues before = it == m_settings.end() ? SettingValues{} : it->second;
    if (before != values)
        m_undo.push(new SectionStep(*this, section, before, values, text));
}

void Session::takeResults(const Snapshot& results, const Settings& settings) {
    const auto taken = [&](Stage stage) {
        m_madeWith[static_cast<std::size_t>(stage)] = relevant(settings, stage);
        Q_EMIT resultsChanged(stage);
    };
    if (results.correlation) {
        m_results.correlation = results.correlation;
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

} // namespace fxs::app
