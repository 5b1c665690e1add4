#pragma once

#include <QIcon>
#include <QPalette>
#include <QString>

namespace fxs::ui {

/// One of the program's own line drawings (resources/icons/<name>.svg), drawn in the palette's text colour, so that it suits
/// light and dark; crisp at every size. An unknown name gives an empty icon.
QIcon lineIcon(const QString& name, const QPalette& palette);

} // namespace fxs::ui
