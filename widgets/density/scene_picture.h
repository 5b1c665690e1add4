#pragma once

#include "widgets/density/scene_overlay.h"

#include <QImage>
#include <QObject>
#include <QTimer>
#include <memory>

namespace fxs::ui {

class DensityScene;
class VtkHost;

/// Draws a scene at any size, tile by tile, a tile each time the event loop is idle, so that the window goes on answering. The camera
/// is that of the moment of start(); turning the scene meanwhile does not matter (another map or level would: it shows in later tiles).
/// Threads: GUI thread. Cost: a drawing of the scene for each 512 x 512 pixels, two with a transparent background.
class ScenePicture : public QObject {
    Q_OBJECT

public:
    static constexpr int kLargestEdge = 16384; ///< pixels

    ScenePicture(VtkHost& host, DensityScene& scene, QObject* parent = nullptr);
    ~ScenePicture() override;

    /// scale: pixels of the picture a screen pixel, for the overlay's text. One picture at a time: a running one is given up.
    /// Sizes are cut to kLargestEdge.
    void start(const QSize& size, bool transparent, const OverlayState& overlay, double scale);
    void cancel();
    bool isRunning() const { return m_timer.isActive(); }

Q_SIGNALS:
    void progressed(double fraction);
    void finished(const QImage& picture);
    void failed(const QString& reason);

private:
    struct Shot;
    void step();
    QImage drawTile(const QRect& tile);

    VtkHost& m_host;
    DensityScene& m_scene;
    QTimer m_timer;
    std::unique_ptr<Shot> m_shot;
};

} // namespace fxs::ui
