#include "app/workbench/session.h"

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
