#pragma once

#include "engine/backend/backend.h"
#include "engine/core/settings_file.h"
#include "engine/model/run_source.h"

#include <QObject>
#include <QStringList>
#include <QUndoStack>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace fxs::app {

/// A job as the session remembers it: enough to show it again another day, and to take it up again where its backend can.
struct SessionJob {
    std::string id, name, where, folder;
    std::string state;          ///< jobStateName() of the last known state
    std::string started, ended; ///< ISO 8601, UTC; ended is empty while it runs
    std::string place;          ///< id of the place it was submitted to; empty: this computer
    std::string spec;           ///< what it was submitted with, as TOML; empty: not known
};

/// A mask drawn by hand: raw pixels [panel][ss][fs] (polar images: [1][q][phi]), 1 = valid. Null: none was drawn.
using DrawnMask = std::shared_ptr<const Array<std::uint8_t, 3>>;

/// The document: what is open, with which settings, and the results so far. A result whose settings were changed since is stale:
/// marked, kept. Settings and masks are changed by steps that can be undone (undo()).
/// Threads: GUI thread.
class Session : public QObject {
    Q_OBJECT

public:
    using Settings = SettingSections;

    explicit Session(QObject* parent = nullptr);
    ~Session() override;

    /// Every step of settings and masks; whoever offers something to undo pushes here.
    QUndoStack& undo() { return m_undo; }

    const QStringList& inputs() const { return m_inputs; }
    std::shared_ptr<const RunInfo> run() const { return m_run; }
    /// Another run: results and mask of the one before are let go.
    void setInputs(const QStringList& files);
    void setRun(std::shared_ptr<const RunInfo> run);

    const Settings& settings() const { return m_settings; }
    /// A step that can be undone. Values at their defaults are left out. Steps that change the same single setting and follow each
    /// other (keystrokes in its field, a dragged centre) are one. text: what the step does ("change the distance"); empty: the key.
    void editSection(const std::string& section, const SettingValues& values, const QString& text = {});
    /// The same of one setting; std::monostate puts it back to its default.
    void changeSetting(const std::string& section, const std::string& key, const SettingValue& value);
    /// All settings, without a step: a session or a result was opened.
    void setSettings(const Settings& settings);

    const DrawnMask& drawnMask() const { return m_mask; }
    /// What the mask's own model holds now; its steps are in undo() already.
    void setDrawnMask(DrawnMask mask);

    const Snapshot& results() const { return m_results; }
    const QStringList& resultFiles() const { return m_resultFiles; }
    /// Takes what the pointers hold and leaves the rest. settings: those that the results were made with.
    void takeResults(const Snapshot& results, const Settings& settings);
    void setResultFiles(const QStringList& files);
    bool hasResult(Stage stage) const;
    bool isStale(Stage stage) const;

    const std::vector<SessionJob>& jobs() const { return m_jobs; }
    /// Adds a job, or replaces the one of that id.
    void noteJob(const SessionJob& job);
    void setJobs(std::vector<SessionJob> jobs);

    /// Where its jobs are to run: a place's id; empty: this computer.
    const std::string& place() const { return m_place; }
    void setPlace(const std::string& id);

    /// Where it was saved to or opened from; empty: nowhere yet.
    const QString& path() const { return m_path; }
    /// As it is now, it is what stands in that file.
    void setSaved(const QString& path);
    /// Something worth keeping was done since it was opened or saved.
    bool isModified() const { return m_touched || !m_undo.isClean(); }
    void touch();
    /// Nothing open, all settings at their defaults.
    void clear();

Q_SIGNALS:
    void runChanged();
    void settingsChanged();
    void drawnMaskChanged();
    void resultsChanged(fxs::Stage stage);
    void resultFilesChanged();
    void jobsChanged();
    void staleChanged();
    void pathChanged();
    void modifiedChanged();
    /// Anything that a saved session holds: time to think of keeping it.
    void changed();

private:
    class SettingsStep;
    void applySection(const std::string& section, const SettingValues& values);

    QStringList m_inputs, m_resultFiles;
    QString m_path;
    std::string m_place;
    std::shared_ptr<const RunInfo> m_run;
    Settings m_settings;
    DrawnMask m_mask;
    Snapshot m_results;
    std::array<Settings, 3> m_madeWith;
    std::vector<SessionJob> m_jobs;
    QUndoStack m_undo;
    bool m_touched = false;
};

} // namespace fxs::app
