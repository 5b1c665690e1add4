#include "widgets/density/scene_picture.h"

#include "widgets/density/density_scene.h"
#include "widgets/vtk/vtk_host.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>
#include <vtkCamera.h>
#include <vtkNew.h>
#include <vtkRenderer.h>

namespace fxs::ui {

namespace {

constexpr int kTile = 512;
constexpr int kMargin = 8; // pixels around a tile that smoothing of edges looks at
constexpr double kDegree = std::numbers::pi / 180;

/// From the same drawing on black and on white: where they differ, the background shines through.
QImage withAlpha(const QImage& onBlack, const QImage& onWhite) {
    QImage out(onBlack.size(), QImage::Format_ARGB32);
    for (int y = 0; y < out.height(); ++y) {
        const auto* black = reinterpret_cast<const QRgb*>(onBlack.constScanLine(y));
        const auto* white = reinterpret_cast<const QRgb*>(onWhite.constScanLine(y));
        auto* line = reinterpret_cast<QRgb*>(out.scanLine(y));
        for (int x = 0; x < out.width(); ++x) {
            const int through = std::max({qRed(white[x]) - qRed(black[x]), qGreen(white[x]) - qGreen(black[x]),
                                          qBlue(white[x]) - qBlue(black[x])});
            const int alpha = std::clamp(255 - through, 0, 255);
            const auto plain = [&](int c) { return alpha > 0 ? std::min(255, c * 255 / alpha) : 0; };
            line[x] = qRgba(plain(qRed(black[x])), plain(qGreen(black[x])), plain(qBlue(black[x])), alpha);
        }
    }
    return out;
}

} // namespace

struct ScenePicture::Shot {
    QImage picture;
    std::vector<QRect> tiles;
    std::size_t done = 0;
    vtkNew<vtkCamera> camera;
    bool transparent = false;
    OverlayState overlay;
    double scale = 1;
};

ScenePicture::ScenePicture(VtkHost& host, DensityScene& scene, QObject* parent)
    : QObject(parent), m_host(host), m_scene(scene) {
    m_timer.setInterval(0);
    connect(&m_timer, &QTimer::timeout, this, &ScenePicture::step);
}

ScenePicture::~ScenePicture() = default;

void ScenePicture::start(const QSize& size, bool transparent, const OverlayState& overlay, double scale) {
    const QSize cut = size.boundedTo({kLargestEdge, kLargestEdge}).expandedTo({16, 16});
    m_shot = std::make_unique<Shot>();
    m_shot->picture = QImage(cut, transparent ? QImage::Format_ARGB32 : QImage::Format_RGB32);
    if (m_shot->picture.isNull()) {
        m_shot.reset();
        Q_EMIT failed(
            tr("there is not enough memory for a picture of %1 × %2 pixels").arg(cut.width()).arg(cut.height()));
        return;
    }
    for (int y = 0; y < cut.height(); y += kTile)
        for (int x = 0; x < cut.width(); x += kTile)
            m_shot->tiles.push_back(QRect(x, y, kTile, kTile).intersected(QRect({}, cut)));
    m_shot->camera->DeepCopy(m_scene.renderer().GetActiveCamera());
    m_shot->transparent = transparent;
    m_shot->overlay = overlay;
    m_shot->scale = scale;
    m_timer.start();
}

void ScenePicture::cancel() {
    m_timer.stop();
    m_shot.reset();
}

QImage ScenePicture::drawTile(const QRect& tile) {
    const QRect drawn = tile.adjusted(-kMargin, -kMargin, kMargin, kMargin);
    vtkCamera* camera = m_scene.renderer().GetActiveCamera();
    vtkNew<vtkCamera> before;
    before->DeepCopy(camera);
    camera->DeepCopy(m_shot->camera);
    // The part of the whole picture's frustum that this tile sees.
    const QSize whole = m_shot->picture.size();
    const double part = static_cast<double>(drawn.height()) / whole.height();
    camera->SetParallelScale(m_shot->camera->GetParallelScale() * part);
    const double tangent = std::tan(0.5 * m_shot->camera->GetViewAngle() * kDegree);
    camera->SetViewAngle(2 * std::atan(tangent * part) / kDegree);
    const double x = drawn.x() + 0.5 * drawn.width(), y = drawn.y() + 0.5 * drawn.height();
    camera->SetWindowCenter((2 * x - whole.width()) / drawn.width(), (whole.height() - 2 * y) / drawn.height());
    const bool moving = m_scene.isMoving();
    m_scene.setMoving(false);
    QImage image;
    if (m_shot->transparent) {
        double background[3];
        m_scene.renderer().GetBackground(background);
        m_scene.renderer().SetBackground(0, 0, 0);
        const QImage onBlack = m_host.drawAside(drawn.size());
        m_scene.renderer().SetBackground(1, 1, 1);
        const QImage onWhite = m_host.drawAside(drawn.size());
        m_scene.renderer().SetBackground(background);
        if (!onBlack.isNull() && !onWhite.isNull())
            image = withAlpha(onBlack, onWhite);
    } else {
        image = m_host.drawAside(drawn.size());
    }
    m_scene.setMoving(moving);
    camera->DeepCopy(before);
    return image.isNull() ? image : image.copy(QRect({kMargin, kMargin}, tile.size()));
}

void ScenePicture::step() {
    Shot& shot = *m_shot;
    const QRect tile = shot.tiles[shot.done];
    const QImage image = drawTile(tile);
    if (image.isNull()) {
        cancel();
        Q_EMIT failed(tr("the view has to be on screen once before a picture can be made of it"));
        return;
    }
    {
        QPainter painter(&shot.picture);
        painter.setCompositionMode(QPainter::CompositionMode_Source);
        painter.drawImage(tile.topLeft(), image);
    }
    ++shot.done;
    Q_EMIT progressed(static_cast<double>(shot.done) / static_cast<double>(shot.tiles.size()));
    if (!m_shot || shot.done < shot.tiles.size())
        return; // a listener may have cancelled
    m_timer.stop();
    {
        QPainter painter(&shot.picture);
        paintOverlay(painter, shot.picture.size(), shot.overlay, shot.scale);
    }
    const std::unique_ptr<Shot> done = std::move(m_shot);
    Q_EMIT finished(done->picture);
}

} // namespace fxs::ui
