#include "widgets/plot/stale_mark.h"

#include "widgets/theme/theme.h"

#include <QEvent>

namespace fxs::ui {

StaleMark::StaleMark(QWidget* parent) : QLabel(parent) {
    setText(tr("⚠ out of date"));
    setAccessibleName(tr("Out of date"));
    setVisible(false);
    applyTheme();
}

void StaleMark::setReason(const QString& why) {
    setToolTip(why);
    setAccessibleDescription(why);
    setVisible(!why.isEmpty());
}

void StaleMark::changeEvent(QEvent* event) {
    QLabel::changeEvent(event);
    if (event->type() == QEvent::ApplicationPaletteChange)
        applyTheme();
}

void StaleMark::applyTheme() {
    QPalette own;
    own.setColor(QPalette::WindowText, Theme::of(parentWidget() ? parentWidget()->palette() : palette()).warning);
    setPalette(own);
}

} // namespace fxs::ui
