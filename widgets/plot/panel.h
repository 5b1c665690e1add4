#pragma once

#include <QLabel>
#include <QWidget>

class QHBoxLayout;

namespace fxs::ui {

/// A titled frame around one picture or plot: title left, controls right, the content below. Views are tiled from these.
class Panel : public QWidget {
    Q_OBJECT

public:
    explicit Panel(const QString& title, QWidget* content, QWidget* parent = nullptr);

    void setTitle(const QString& title) { m_title->setText(title); }
    QString title() const { return m_title->text(); }
    /// Something said beside the title: a readout, a count.
    void setNote(const QString& note) {
        m_note->setText(note);
        m_note->setToolTip(note); // a narrow panel cuts it
    }
    QString note() const { return m_note->text(); }
    /// Adds a control at the right end of the title line.
    void addControl(QWidget* control);

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void applyTheme();

    QHBoxLayout* m_header;
    QLabel* m_title;
    QLabel* m_note;
};

} // namespace fxs::ui
