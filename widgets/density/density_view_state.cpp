// What is asked of a DensityView from outside: its state, and pictures of it.
#include "widgets/density/density_controls.h"
#include "widgets/density/density_scene.h"
#include "widgets/density/density_view.h"
#include "widgets/density/scene_overlay.h"
#include "widgets/density/scene_picture.h"
#include "widgets/plot/panel.h"
#include "widgets/plot/stale_mark.h"
#include "widgets/vtk/vtk_host.h"

#include <QtWidgets>

namespace fxs::ui {

void DensityView::setNotice(const QString& notice) {
    m_panel->setNote(notice);
    m_panel->setToolTip(notice);
}

void DensityView::setStale(const QString& why) {
    m_stale->setReason(why);
}

QString DensityView::note() const {
    return m_panel->note();
}

double DensityView::level() const {
    return m_controls->appearance().level;
}

void DensityView::setLevel(double sigmas) {
    DensityAppearance next = m_controls->appearance();
    next.level = sigmas;
    m_controls->setAppearance(next);
}

const DensityAppearance& DensityView::appearance() const {
    return m_controls->appearance();
}

void DensityView::setAppearance(const DensityAppearance& appearance) {
    m_controls->setAppearance(appearance);
}

bool DensityView::isIdle() const {
    return !m_mapWork.isBusy() && !m_surfaceWork.isBusy() && !m_referenceWork.isBusy() &&
           !(m_shot && m_shot->isRunning());
}

int DensityView::renderCount() const {
    return m_host ? m_host->renderCount() : 0;
}

QWidget* DensityView::drawing() const {
    return m_host;
}

QString DensityView::message() const {
    return m_message->text();
}

QByteArray DensityView::saveViewState() const {
    QJsonObject state{{QStringLiteral("look"), m_controls->appearance().toJson()},
                      {QStringLiteral("splitter"), QString::fromLatin1(m_splitter->saveState().toBase64())}};
    if (m_scene)
        state[QLatin1String("camera")] = m_scene->camera().state();
    return QJsonDocument(state).toJson(QJsonDocument::Compact);
}

void DensityView::restoreViewState(const QByteArray& state) {
    const QJsonObject object = QJsonDocument::fromJson(state).object();
    if (object.isEmpty())
        return;
    m_controls->setAppearance(DensityAppearance::fromJson(object[QLatin1String("look")].toObject()));
    m_splitter->restoreState(QByteArray::fromBase64(object[QLatin1String("splitter")].toString().toLatin1()));
    if (m_scene && m_scene->restoreCamera(object[QLatin1String("camera")].toObject()))
        redraw();
}

QImage DensityView::picture() const {
    return m_host ? m_host->grab().toImage() : QImage();
}

void DensityView::makePicture(const QSize& size, bool transparent, std::function<void(const QImage&)> done) {
    if (!m_shot || !m_map) {
        done({});
        return;
    }
    const double scale = static_cast<double>(size.height()) / std::max(1, m_host->height());
    OverlayState overlay = overlayState();
    overlay.angstromPerPixel /= scale;
    if (const auto before = std::exchange(m_shotDone, std::move(done)))
        before({});
    m_progress->setValue(0);
    m_progress->show();
    m_shot->start(size, transparent, overlay, scale);
}

void DensityView::copyPicture() {
    if (m_host)
        QGuiApplication::clipboard()->setImage(picture());
}

void DensityView::savePicture(double scale, int width, bool transparent) {
    if (!m_host)
        return;
    auto* dialog = new QFileDialog(this, tr("Save picture"), QStringLiteral("density.png"), tr("PNG (*.png)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("png"));
    connect(dialog, &QFileDialog::fileSelected, this, [this, scale, width, transparent](const QString& path) {
        const double ratio = width > 0 ? static_cast<double>(width) / m_host->width() : scale * devicePixelRatioF();
        const QSize size(width > 0 ? width : qRound(m_host->width() * ratio), qRound(m_host->height() * ratio));
        makePicture(size, transparent, [this, path](const QImage& image) {
            if (image.isNull())
                return; // failed() has told why
            m_background.run([view = QPointer<DensityView>(this), image, path]() -> std::function<void()> {
                // Whole or not at all: a picture half written looks like one.
                QSaveFile file(path);
                const bool written = file.open(QIODevice::WriteOnly) && image.save(&file, "PNG") && file.commit();
                return [view, path, written, why = file.errorString()] {
                    if (!view)
                        return;
                    if (written)
                        Q_EMIT view->saved(path);
                    else
                        Q_EMIT view->failed(tr("%1: the picture could not be written: %2").arg(path, why));
                };
            });
        });
    });
    dialog->open();
}

} // namespace fxs::ui
