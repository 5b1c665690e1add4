#include "widgets/vtk/vtk_host.h"

#include <QMouseEvent>
#include <QOpenGLContext>
#include <QOpenGLExtraFunctions>
#include <QScopedValueRollback>
#include <QTimer>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vtkCommand.h>
#include <vtkGenericOpenGLRenderWindow.h>
#include <vtkGenericRenderWindowInteractor.h>
#include <vtkNew.h>
#include <vtkOpenGLFramebufferObject.h>
#include <vtkOpenGLState.h>
#include <vtkUnsignedCharArray.h>

namespace fxs::ui {

VtkHost::VtkHost(QWidget* parent)
    : QOpenGLWidget(parent), m_window(vtkSmartPointer<vtkGenericOpenGLRenderWindow>::New()),
      m_interactor(vtkSmartPointer<vtkGenericRenderWindowInteractor>::New()) {
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setUpdateBehavior(QOpenGLWidget::NoPartialUpdate);
    m_window->SetReadyForRendering(false); // Render() before there is a context must do nothing
    m_window->SetOwnContext(0);
    m_window->SetFrameBlitModeToNoBlit(); // paintGL() copies
    m_window->SetMultiSamples(0);
    m_interactor->SetRenderWindow(m_window);
    m_interactor->TimerEventResetsTimerOff();
    for (const unsigned long event : {static_cast<unsigned long>(vtkCommand::WindowMakeCurrentEvent),
                                      static_cast<unsigned long>(vtkCommand::WindowIsCurrentEvent),
                                      static_cast<unsigned long>(vtkCommand::WindowFrameEvent),
                                      static_cast<unsigned long>(vtkCommand::WindowSupportsOpenGLEvent),
                                      static_cast<unsigned long>(vtkCommand::WindowIsDirectEvent)})
        m_window->AddObserver(event, this, &VtkHost::onWindowEvent);
    for (const unsigned long event : {static_cast<unsigned long>(vtkCommand::CreateTimerEvent),
                                      static_cast<unsigned long>(vtkCommand::DestroyTimerEvent)})
        m_interactor->AddObserver(event, this, &VtkHost::onTimerEvent);
    m_interactor->Initialize();
}

VtkHost::~VtkHost() {
    releaseContext();
    m_window->RemoveAllObservers();
    m_interactor->RemoveAllObservers();
    m_interactor->SetRenderWindow(nullptr);
    m_window->SetInteractor(nullptr);
}

vtkGenericOpenGLRenderWindow* VtkHost::renderWindow() const {
    return m_window;
}

vtkGenericRenderWindowInteractor* VtkHost::interactor() const {
    return m_interactor;
}

void VtkHost::requestRender() {
    m_dirty = true;
    update();
}

void VtkHost::releaseContext() {
    if (!m_ready)
        return;
    m_ready = false;
    disconnect(m_contextWatch);
    makeCurrent(); // the old context still lives while it announces its end
    m_window->Finalize();
    m_window->SetReadyForRendering(false);
    doneCurrent();
}

void VtkHost::initializeGL() {
    // Qt calls this once a context: again after the widget moved to another window.
    releaseContext();
    m_surface = context()->surface();
    m_contextWatch = connect(context(), &QOpenGLContext::aboutToBeDestroyed, this, &VtkHost::releaseContext);
    m_window->SetForceMaximumHardwareLineWidth(1);
    m_window->SetReadyForRendering(true);
    m_window->SetOwnContext(0);
    m_window->OpenGLInitContext();
    m_ready = true;
    m_dirty = true;
}

void VtkHost::resizeGL(int width, int height) {
    const double ratio = devicePixelRatioF(); // Qt counts in device-independent pixels, VTK in real ones
    m_window->SetDPI(static_cast<int>(72 * ratio));
    m_interactor->UpdateSize(static_cast<int>(std::lround(width * ratio)),
                             static_cast<int>(std::lround(height * ratio)));
    m_dirty = true;
}

void VtkHost::resizeEvent(QResizeEvent* event) {
    // Qt paints in the middle of a resize, and a splitter resizes several times before it is content: one drawing at its end is enough.
    const QScopedValueRollback<bool> guard(m_resizing, true);
    QOpenGLWidget::resizeEvent(event);
    update();
}

void VtkHost::paintGL() {
    if (m_painting || !m_ready || m_resizing)
        return;
    const QScopedValueRollback<bool> guard(m_painting, true);
    vtkOpenGLState* state = m_window->GetState();
    // Qt changed the context's state behind VTK's record of it.
    state->ResetFramebufferBindings();
    state->Reset();
    state->Push();
    state->vtkglDepthFunc(GL_LEQUAL);
    if (m_dirty) {
        m_dirty = false;
        m_window->OpenGLInitState();
        m_window->Render();
        ++m_renderCount;
        Q_EMIT rendered();
    }
    blit();
    state->Pop();
}

QImage VtkHost::drawAside(const QSize& size) {
    if (!m_ready || size.isEmpty() || m_painting)
        return {};
    const QScopedValueRollback<bool> guard(m_painting, true); // WindowFrameEvent is not for the screen
    const int *before = m_window->GetSize(), width = before[0], height = before[1];
    makeCurrent();
    vtkOpenGLState* state = m_window->GetState();
    state->ResetFramebufferBindings();
    state->Reset();
    state->Push();
    state->vtkglDepthFunc(GL_LEQUAL);
    m_window->SetSize(size.width(), size.height());
    m_window->OpenGLInitState();
    m_window->Render();
    QImage image(size, QImage::Format_RGBX8888);
    vtkNew<vtkUnsignedCharArray> pixels;
    m_window->GetRGBACharPixelData(0, 0, size.width() - 1, size.height() - 1, 1, pixels);
    const std::size_t line = 4 * static_cast<std::size_t>(size.width());
    // OpenGL's first line is the lowest.
    for (int y = 0; y < size.height() && !image.isNull(); ++y)
        std::memcpy(image.scanLine(size.height() - 1 - y), pixels->GetPointer(0) + static_cast<std::size_t>(y) * line,
                    line);
    m_window->SetSize(width, height);
    state->Pop();
    doneCurrent();
    requestRender();
    return image.convertToFormat(QImage::Format_RGB32);
}

void VtkHost::blit() {
    auto* gl = context()->extraFunctions();
    const double ratio = devicePixelRatioF();
    const int* size = m_window->GetRenderFramebuffer()->GetLastSize();
    gl->glBindFramebuffer(GL_DRAW_FRAMEBUFFER, defaultFramebufferObject());
    const GLenum buffer = GL_COLOR_ATTACHMENT0;
    gl->glDrawBuffers(1, &buffer);
    gl->glDisable(GL_SCISSOR_TEST);
    m_window->BlitDisplayFramebuffer(0, 0, 0, size[0], size[1], 0, 0, static_cast<int>(std::lround(width() * ratio)),
                                     static_cast<int>(std::lround(height() * ratio)), GL_COLOR_BUFFER_BIT, GL_NEAREST);
    gl->glBindFramebuffer(GL_FRAMEBUFFER, defaultFramebufferObject());
    // Qt blends the widget into the window: alpha must be opaque everywhere.
    gl->glColorMask(GL_FALSE, GL_FALSE, GL_FALSE, GL_TRUE);
    gl->glClearColor(0, 0, 0, 1);
    gl->glClear(GL_COLOR_BUFFER_BIT);
    gl->glColorMask(GL_TRUE, GL_TRUE, GL_TRUE, GL_TRUE);
}

void VtkHost::onWindowEvent(vtkObject*, unsigned long event, void* answer) {
    switch (event) {
    case vtkCommand::WindowMakeCurrentEvent:
        // The context's own function: QOpenGLWidget::makeCurrent() would bind the widget's framebuffer in the middle of a drawing.
        if (m_ready && QOpenGLContext::currentContext() != context())
            context()->makeCurrent(m_surface);
        break;
    case vtkCommand::WindowIsCurrentEvent:
        *static_cast<bool*>(answer) = context() && QOpenGLContext::currentContext() == context();
        break;
    case vtkCommand::WindowSupportsOpenGLEvent:
    case vtkCommand::WindowIsDirectEvent:
        *static_cast<int*>(answer) = 1;
        break;
    case vtkCommand::WindowFrameEvent:
        if (!m_painting) {
            update(); // drawn by an interactor style, outside paintGL
            Q_EMIT rendered();
        }
        break;
    default:
        break;
    }
}

void VtkHost::onTimerEvent(vtkObject*, unsigned long event, void*) {
    if (event == vtkCommand::CreateTimerEvent) {
        // VTK has not entered the timer in its table yet: only the event's own properties tell its duration.
        const int vtkId = m_interactor->GetTimerEventId(), platformId = m_nextTimer++;
        auto* timer = new QTimer(this);
        timer->setInterval(std::max(1, m_interactor->GetTimerEventDuration()));
        timer->setSingleShot(m_interactor->GetTimerEventType() == vtkRenderWindowInteractor::OneShotTimer);
        connect(timer, &QTimer::timeout, this, [this, vtkId] {
            int id = vtkId;
            m_interactor->InvokeEvent(vtkCommand::TimerEvent, &id);
        });
        m_timers.emplace_back(platformId, timer);
        timer->start();
        m_interactor->SetTimerEventPlatformId(platformId);
        return;
    }
    const int platformId = m_interactor->GetTimerEventPlatformId();
    std::erase_if(m_timers, [platformId](const auto& entry) {
        if (entry.first != platformId)
            return false;
        entry.second->stop();
        entry.second->deleteLater();
        return true;
    });
}

void VtkHost::placeEvent(QPointF position, Qt::KeyboardModifiers modifiers) {
    const double ratio = devicePixelRatioF();
    m_interactor->SetEventInformationFlipY(
        static_cast<int>(position.x() * ratio), static_cast<int>(position.y() * ratio),
        modifiers.testFlag(Qt::ControlModifier), modifiers.testFlag(Qt::ShiftModifier));
}

void VtkHost::sendButton(QMouseEvent* event, bool pressed) {
    placeEvent(event->position(), event->modifiers());
    unsigned long id = vtkCommand::NoEvent;
    if (event->button() == Qt::LeftButton)
        id = pressed ? vtkCommand::LeftButtonPressEvent : vtkCommand::LeftButtonReleaseEvent;
    else if (event->button() == Qt::MiddleButton)
        id = pressed ? vtkCommand::MiddleButtonPressEvent : vtkCommand::MiddleButtonReleaseEvent;
    else if (event->button() == Qt::RightButton)
        id = pressed ? vtkCommand::RightButtonPressEvent : vtkCommand::RightButtonReleaseEvent;
    if (id != vtkCommand::NoEvent)
        m_interactor->InvokeEvent(id, event);
    event->accept();
}

void VtkHost::mousePressEvent(QMouseEvent* event) {
    sendButton(event, true);
}

void VtkHost::mouseReleaseEvent(QMouseEvent* event) {
    sendButton(event, false);
}

void VtkHost::mouseMoveEvent(QMouseEvent* event) {
    placeEvent(event->position(), event->modifiers());
    m_interactor->InvokeEvent(vtkCommand::MouseMoveEvent, event);
}

void VtkHost::wheelEvent(QWheelEvent* event) {
    placeEvent(event->position(), event->modifiers());
    m_interactor->InvokeEvent(
        event->angleDelta().y() > 0 ? vtkCommand::MouseWheelForwardEvent : vtkCommand::MouseWheelBackwardEvent, event);
    event->accept();
}

} // namespace fxs::ui
