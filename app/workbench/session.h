#pragma once

#include "engine/backend/backend.h"
#include "engine/model/run_source.h"

#include <QObject>
#include <QStringList>
#include <QUndoStack>
#include <array>
#include <map>
#include <memory>
#include <string>

namespace fxs::app {

/// The document: what is open, with which settings, and the results so far. A result whose settings were changed since is stale:
/// marked, kept.
/// Threads: GUI thread.
class Session : public QObject {
    Q_OBJECT

public:
    using Settings = std::map<std::string, SettingValues>;

    explicit Session(QObject* parent = nullptr) : QObject(parent) {}

    const QStringList& inputs() const { return m_inputs; }
    std::shared_ptr<const RunInfo> run() const { return m_run; }
    /// Another run: results of the one before are let go.
    void setInputs(const QStringList& files);
    void setRun(std::shared_ptr<const RunInfo> run);

    const Settings& settings() const { return m_settings; }
    /// Values of one section; those at their defaults are left out.
    void setSection(const std::string& section, const SettingValues& values);
    /// The same as a step that can be undone. text: what the step does ("change the distance"). Steps with the same text in the
    /// same section follow each other as one while they come within a second and a half.
    void editSection(const std::string& section, const SettingValues& values, const QString& text);
    /// The steps of masks and settings.
    QUndoStack& undo() { return m_undo; }

    const Snapshot& results() const { return m_results; }
    const QStringList& resultFiles() const { return m_resultFiles; }
    /// Takes what the pointers hold and leaves the rest. settings: those that the results were made with.
    void takeResults(const Snapshot& results, const Settings& settings);
    void setResultFiles(const QStringList& files);
    bool hasResult(Stage stage) const;
    bool isStale(Stage stage) const;

Q_SIGNALS:
    void runChanged();
    void settingsChanged();
    void resultsChanged(fxs::Stage stage);
    void resultFilesChanged();
    void staleChanged();

private:
    QStringList m_inputs, m_resultFiles;
    std::shared_ptr<const RunInfo> m_run;
    Settings m_settings;
    Snapshot m_results;
    std::array<Settings, 3> m_madeWith;
    QUndoStack m_undo;
};

} // namespace fxs::app
