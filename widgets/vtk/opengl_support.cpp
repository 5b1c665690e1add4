#include "widgets/vtk/opengl_support.h"

#include <QCoreApplication>
#include <QGuiApplication>
#include <QOffscreenSurface>
#include <QOpenGLContext>
#include <QOpenGLFunctions>
#include <QSurfaceFormat>

namespace fxs::ui {

namespace {

OpenGlSupport probe() {
    OpenGlSupport support;
    // Under these platforms a QOpenGLWidget crashes instead of failing.
    const QString platform = QGuiApplication::platformName();
    if (platform == QStringLiteral("offscreen") || platform == QStringLiteral("minimal")) {
        support.description =
            QCoreApplication::translate("OpenGlSupport", "3-D is off: there is no display (platform “%1”).")
                .arg(platform);
        return support;
    }
    if (qEnvironmentVariable("FXS_OPENGL").compare(QStringLiteral("off"), Qt::CaseInsensitive) == 0) {
        support.description =
            QCoreApplication::translate("OpenGlSupport", "3-D is off: it was switched off by FXS_OPENGL=off.");
        return support;
    }
    QOpenGLContext context;
    QOffscreenSurface surface;
    surface.create();
    if (!context.create() || !context.makeCurrent(&surface)) {
        support.description =
            QCoreApplication::translate("OpenGlSupport", "3-D is off: this display offers no OpenGL.");
        return support;
    }
    const auto text = [&](GLenum name) {
        const auto* s = reinterpret_cast<const char*>(context.functions()->glGetString(name));
        return QString::fromLatin1(s ? s : "");
    };
    const QString renderer = text(GL_RENDERER), version = text(GL_VERSION);
    const auto format = context.format();
    context.doneCurrent();
    if (format.majorVersion() < 3 || (format.majorVersion() == 3 && format.minorVersion() < 2)) {
        support.description =
            QCoreApplication::translate("OpenGlSupport", "3-D is off: OpenGL 3.2 is needed, this display has %1.")
                .arg(version);
        return support;
    }
    support.available = true;
    support.software = renderer.contains(QStringLiteral("llvmpipe"), Qt::CaseInsensitive) ||
                       renderer.contains(QStringLiteral("softpipe"), Qt::CaseInsensitive) ||
                       renderer.contains(QStringLiteral("swrast"), Qt::CaseInsensitive);
    support.description = renderer;
    return support;
}

} // namespace

const OpenGlSupport& openGlSupport() {
    static const OpenGlSupport support = probe();
    return support;
}

void requestOpenGlFormat() {
    QSurfaceFormat format;
    format.setRenderableType(QSurfaceFormat::OpenGL);
    format.setVersion(3, 2);
    format.setProfile(QSurfaceFormat::CoreProfile);
    format.setDepthBufferSize(24);
    format.setStencilBufferSize(8);
    format.setRedBufferSize(8);
    format.setGreenBufferSize(8);
    format.setBlueBufferSize(8);
    format.setAlphaBufferSize(8);
    // VTK renders into a framebuffer of its own: samples here would only cost.
    format.setSamples(0);
    QSurfaceFormat::setDefaultFormat(format);
}

} // namespace fxs::ui
