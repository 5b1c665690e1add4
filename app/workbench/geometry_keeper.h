#pragma once

#include "app/workbench/task_runner.h"
#include "engine/core/settings.h"
#include "engine/detector/refine_geometry.h"
#include "engine/model/run_source.h"

#include <QObject>
#include <QString>
#include <memory>
#include <optional>
#include <stop_token>

namespace fxs::app {

class Session;

/// The geometry of the run of detector frames that is open, as files and settings say it together; edits of it as undoable changes
/// of section "input", so that every command uses it: centre, distance, pixel size and wavelength of a facing panel as settings, any
/// other detector as a geometry file of our own in the program's data folder. Refinements run on a thread of their own.
/// Threads: GUI thread.
class GeometryKeeper : public QObject {
    Q_OBJECT

public:
    /// folder: where geometry files are kept; empty: "geometries" in the program's data folder.
    GeometryKeeper(Session& session, ui::Background& files, const QString& folder = {}, QObject* parent = nullptr);
    ~GeometryKeeper() override;

    /// Null: there is none, and whyNot() says why.
    std::shared_ptr<const DetectorGeometry> geometry() const { return m_geometry; }
    QString whyNot() const { return m_whyNot; }
    /// Makes this the geometry: one step that can be undone.
    void edit(const DetectorGeometry& geometry, const QString& text);
    /// Of the mean of the run's frames (a hundred at most, evenly taken), with its mask. Changes nothing.
    void refine(const RefineSettings& settings);
    void stopRefining();
    bool isSettled() const { return m_writing == 0; }

Q_SIGNALS:
    void geometryChanged();
    void refining(std::optional<double> progress);
    void refined(std::shared_ptr<const fxs::GeometryRefinement> refinement);
    void refineFailed(const QString& message);
    void settled();
    void said(const QString& message, bool isError);
    /// A geometry file with a mask or bad regions gave way to one without: what it masked is to be kept.
    void masksLeftBehind();

private:
    void takeRun();
    void followSettings();
    void writeFile(const QString& file, const std::string& text);

    Session& m_session;
    ui::Background& m_files;
    QString m_folder;
    ui::LatestWork m_reading;
    std::shared_ptr<const RunInfo> m_pristine; ///< as the files alone say it
    std::shared_ptr<const DetectorGeometry> m_geometry;
    QString m_whyNot;
    SettingValues m_seen; ///< the input settings that the geometry is of
    int m_writing = 0;
    std::stop_source m_stopRefining;
    TaskRunner m_refiner;
};

} // namespace fxs::app
