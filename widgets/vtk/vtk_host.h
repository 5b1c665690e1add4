#pragma once

#include <QImage>
#include <QOpenGLWidget>
#include <utility>
#include <vector>
#include <vtkSmartPointer.h>

class QSurface;
class QTimer;
class vtkGenericOpenGLRenderWindow;
class vtkGenericRenderWindowInteractor;
class vtkObject;

namespace fxs::ui {

/// A VTK render window inside a Qt 6 widget: Qt owns the OpenGL context, VTK draws into a framebuffer of its own, which is copied
/// to the widget when Qt paints. Mouse and timers are handed to VTK's interactor; keys are not (VTK's "q" would end the program).
/// Threads: GUI thread. Make one only where openGlSupport().available.
class VtkHost : public QOpenGLWidget {
    Q_OBJECT

public:
    explicit VtkHost(QWidget* parent = nullptr);
    ~VtkHost() override;

    vtkGenericOpenGLRenderWindow* renderWindow() const;
    vtkGenericRenderWindowInteractor* interactor() const;

    /// Draws anew at the next paint; many calls make one drawing.
    void requestRender();
    /// Draws what the window holds at another size, without touching the screen; opaque. Null before the widget was first shown.
    QImage drawAside(const QSize& size);
    /// Drawings so far; for tests.
    int renderCount() const { return m_renderCount; }

Q_SIGNALS:
    void rendered(); ///< something was drawn anew

protected:
    void initializeGL() override;
    void resizeGL(int width, int height) override;
    void paintGL() override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;

private:
    void onWindowEvent(vtkObject* caller, unsigned long event, void* answer);
    void onTimerEvent(vtkObject* caller, unsigned long event, void* unused);
    void releaseContext();
    void blit();
    void placeEvent(QPointF position, Qt::KeyboardModifiers modifiers);
    void sendButton(QMouseEvent* event, bool pressed);

    vtkSmartPointer<vtkGenericOpenGLRenderWindow> m_window;
    vtkSmartPointer<vtkGenericRenderWindowInteractor> m_interactor;
    QMetaObject::Connection m_contextWatch;
    QSurface* m_surface = nullptr;
    std::vector<std::pair<int, QTimer*>> m_timers;
    int m_nextTimer = 1, m_renderCount = 0;
    bool m_ready = false, m_dirty = true, m_painting = false, m_resizing = false;
};

} // namespace fxs::ui
