#include "app/workbench/appearance.h"

#include "widgets/theme/theme.h"

#include <QActionGroup>
#include <QApplication>
#include <QMenu>
#include <QSettings>
#include <QStyle>

namespace fxs::app {

namespace {
const QString kKey = QStringLiteral("window/appearance");
} // namespace

void applyAppearance(const QString& name) {
    if (name == QStringLiteral("dark"))
        QApplication::setPalette(ui::darkPalette());
    else if (name == QStringLiteral("light"))
        QApplication::setPalette(ui::lightPalette());
    else
        QApplication::setPalette(QPalette()); // none of our own: Qt follows the desktop, also when it changes
}

QString rememberedAppearance() {
    return QSettings().value(kKey, QStringLiteral("system")).toString();
}

void addAppearanceMenu(QMenu& parent) {
    QMenu* menu = parent.addMenu(QMenu::tr("&Appearance"));
    auto* group = new QActionGroup(menu);
    const auto add = [&](const QString& text, const QString& name) {
        QAction* action = menu->addAction(text, qApp, [name] {
            applyAppearance(name);
            QSettings().setValue(kKey, name);
        });
        action->setCheckable(true);
        action->setChecked(rememberedAppearance() == name);
        group->addAction(action);
    };
    add(QMenu::tr("As the &desktop"), QStringLiteral("system"));
    add(QMenu::tr("&Light"), QStringLiteral("light"));
    add(QMenu::tr("&Dark"), QStringLiteral("dark"));
}

} // namespace fxs::app
