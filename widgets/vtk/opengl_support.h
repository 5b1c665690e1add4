#pragma once

#include <QString>

namespace fxs::ui {

/// Whether this display can draw in 3-D (OpenGL 3.2 or later through an X display), and with what.
struct OpenGlSupport {
    bool available = false;
    bool software = false; ///< drawn by the processor: 3-D works, slowly
    QString description;   ///< the renderer's name, or one sentence that says what is missing
};

/// The environment variable FXS_OPENGL=off answers no, for drivers that claim more than they can do.
/// Tries it once a program run, on the GUI thread, after QApplication exists. Cost: about 20 ms the first time.
const OpenGlSupport& openGlSupport();

/// The surface format that VTK needs; set it as default before QApplication is made, with Qt::AA_ShareOpenGLContexts.
void requestOpenGlFormat();

} // namespace fxs::ui
