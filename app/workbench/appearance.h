#pragma once

#include <QString>

class QMenu;

namespace fxs::app {

/// The looks of the program: "system" (as the desktop), "light", "dark"; anything else is "system". Remembered between starts.
void applyAppearance(const QString& name);
QString rememberedAppearance();

/// A submenu to choose one; the choice is applied and remembered.
void addAppearanceMenu(QMenu& menu);

} // namespace fxs::app
