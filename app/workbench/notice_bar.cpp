#include "app/workbench/notice_bar.h"

#include "widgets/theme/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <algorithm>

namespace fxs::app {

NoticeBar::NoticeBar(QWidget* parent) : QFrame(parent), m_text(new QLabel), m_buttons(new QHBoxLayout) {
    setObjectName(QStringLiteral("notice"));
    setAccessibleName(tr("Notice"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(12, 5, 8, 5);
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    row->addWidget(m_text, 1);
    row->addLayout(m_buttons);
    setFrameShape(QFrame::NoFrame);
    setAutoFillBackground(true);
    refreshColours();
    hide();
}

void NoticeBar::ask(const QString& key, const QString& text, std::vector<Answer> answers) {
    std::erase_if(m_notices, [&](const Notice& n) { return n.key == key; });
    m_notices.push_back({key, text, std::move(answers)});
    showFirst();
}

void NoticeBar::withdraw(const QString& key) {
    if (std::erase_if(m_notices, [&](const Notice& n) { return n.key == key; }) > 0)
        showFirst();
}

QString NoticeBar::text() const {
    return m_notices.empty() ? QString() : m_notices.front().text;
}

void NoticeBar::showFirst() {
    while (QLayoutItem* item = m_buttons->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater();
        delete item;
    }
    setVisible(!m_notices.empty());
    if (m_notices.empty())
        return;
    const Notice& notice = m_notices.front();
    m_text->setText(notice.text);
    for (const Answer& answer : notice.answers) {
        auto* button = new QPushButton(answer.text);
        button->setAccessibleName(answer.text);
        button->setToolTip(answer.text);
        connect(button, &QPushButton::clicked, this, [this, key = notice.key, act = answer.act] {
            withdraw(key);
            if (act)
                act();
        });
        m_buttons->addWidget(button);
    }
}

void NoticeBar::refreshColours() {
    const ui::Theme theme = ui::Theme::of(parentWidget() ? parentWidget()->palette() : palette());
    QColor back = theme.accent;
    back.setAlphaF(theme.dark ? 0.30F : 0.16F);
    QPalette colours;
    const float a = back.alphaF();
    const auto over = [a](float top, float bottom) { return top * a + bottom * (1 - a); };
    colours.setColor(QPalette::Window, QColor::fromRgbF(over(back.redF(), theme.window.redF()),
                                                        over(back.greenF(), theme.window.greenF()),
                                                        over(back.blueF(), theme.window.blueF())));
    if (palette().color(QPalette::Window) != colours.color(QPalette::Window))
        setPalette(colours);
}

void NoticeBar::changeEvent(QEvent* event) {
    QFrame::changeEvent(event);
    if (event->type() == QEvent::ParentChange || event->type() == QEvent::ApplicationPaletteChange)
        refreshColours();
}

} // namespace fxs::app
