#pragma once

#include "engine/model/density.h"
#include "widgets/background/background.h"
#include "widgets/density/density_appearance.h"
#include "widgets/density/map_volume.h"
#include "widgets/density/reference_overlay.h"

#include <QElapsedTimer>
#include <QImage>
#include <QTimer>
#include <QWidget>
#include <functional>
#include <memory>

class QLabel;
class QProgressBar;
class QSplitter;

namespace fxs::ui {

class DensityControls;
class DensityScene;
class Panel;
class SceneOverlay;
class ScenePicture;
class SlicePanels;
class StaleMark;
class VtkHost;
struct OverlayState;

/// A density in three dimensions: isosurface, cloud, slices, a reference laid over it. Where there is no OpenGL it says so in one line
/// and shows the slices.
/// Surfaces are made by the background; the newest map and level win. Looking at a running phasing does not touch the run.
/// Threads: GUI thread. background must outlive the view.
class DensityView : public QWidget {
    Q_OBJECT

public:
    explicit DensityView(Background& background, QWidget* parent = nullptr);
    ~DensityView() override;

    /// The running iteration's best density; a snapshot without a map leaves what is shown.
    void setPhasing(std::shared_ptr<const PhasingSnapshot> snapshot);
    /// The result. Null clears.
    void setReconstruction(std::shared_ptr<const Reconstruction> reconstruction);
    /// Null removes it.
    void setReference(std::shared_ptr<const ReferenceOverlay> overlay);
    std::shared_ptr<const ReferenceOverlay> reference() const { return m_reference; }

    /// A sentence in the title line until the next map or reference comes: what went wrong with one.
    void setNotice(const QString& notice);
    QString note() const; ///< what the title line says
    /// Marks what is shown as out of date, with the reason; empty: up to date.
    void setStale(const QString& why);

    double level() const;
    void setLevel(double sigmas);
    const DensityAppearance& appearance() const;
    void setAppearance(const DensityAppearance& appearance);
    /// Look, camera, sizes of the parts; for sessions. Restoring takes what it understands.
    QByteArray saveViewState() const;
    void restoreViewState(const QByteArray& state);

    /// What is on screen, scale bar included.
    QImage picture() const;
    /// Draws at this size, a tile at a time; done is called with the picture, or a null one if it could not be made. Another call
    /// gives the running one up.
    void makePicture(const QSize& size, bool transparent, std::function<void(const QImage&)> done);

    bool hasOpenGl() const { return m_host != nullptr; }
    /// Nothing is being computed for this view.
    bool isIdle() const;
    const MapVolumePtr& map() const { return m_map; }
    DensityControls* controls() const { return m_controls; }
    SlicePanels* slices() const { return m_slices; }
    DensityScene* scene() const { return m_scene.get(); }
    QWidget* drawing() const; ///< what the mouse turns; null without OpenGL
    SceneOverlay* overlay() const { return m_overlay; }
    int renderCount() const; ///< drawings so far
    QString message() const; ///< what is written in the view's place

Q_SIGNALS:
    void referenceRequested();          ///< the user wants to open one
    void referenceRemoved();            ///< the user took it away
    void saved(const QString& path);    ///< a picture
    void failed(const QString& reason); ///< a picture could not be made or written

protected:
    void changeEvent(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QWidget* makeDrawing();
    void connectControls();
    void prepare(std::shared_ptr<const DensityMap> map, const QString& note);
    void take(MapVolumePtr map, const QString& note);
    void requestSurfaces();
    void requestReferenceSurface();
    void applyAppearance(const DensityAppearance& appearance);
    void applyTheme();
    void setMoving(bool moving);
    void turn();
    void redraw();
    OverlayState overlayState() const;
    void showMessage();
    void copyPicture();
    void savePicture(double scale, int width, bool transparent);
    QColor plainColour() const;

    Background& m_background;
    LatestWork m_mapWork, m_surfaceWork, m_referenceWork;
    VtkHost* m_host = nullptr;
    std::unique_ptr<DensityScene> m_scene;
    ScenePicture* m_shot = nullptr;
    std::function<void(const QImage&)> m_shotDone;
    SceneOverlay* m_overlay = nullptr;
    Panel* m_panel = nullptr;
    QLabel* m_message = nullptr;
    QProgressBar* m_progress = nullptr;
    StaleMark* m_stale = nullptr;
    QSplitter* m_splitter = nullptr;
    SlicePanels* m_slices = nullptr;
    DensityControls* m_controls = nullptr;
    QTimer m_turning, m_resting;
    QElapsedTimer m_sinceTurn;
    DensityAppearance m_applied;
    MapVolumePtr m_map;
    std::shared_ptr<const ReferenceOverlay> m_reference;
    std::uint64_t m_mapNumber = 0; ///< of the newest map asked for: late ones of a cleared view are dropped
    QString m_note;
};

} // namespace fxs::ui
