#pragma once

#include <QFrame>
#include <QString>
#include <functional>
#include <vector>

class QHBoxLayout;
class QLabel;

namespace fxs::app {

/// A line above the views that says something and offers answers; it blocks nothing. Notices of different keys wait behind each other,
/// one of the same key replaces the older.
/// Threads: GUI thread.
class NoticeBar : public QFrame {
    Q_OBJECT

public:
    struct Answer {
        QString text;
        std::function<void()> act; ///< may be empty: only closes the notice
    };

    explicit NoticeBar(QWidget* parent = nullptr);

    void ask(const QString& key, const QString& text, std::vector<Answer> answers);
    /// Takes a notice back that is no longer true.
    void withdraw(const QString& key);
    QString text() const;

protected:
    void changeEvent(QEvent* event) override;

private:
    struct Notice {
        QString key, text;
        std::vector<Answer> answers;
    };
    void showFirst();
    void refreshColours();

    QLabel* m_text;
    QHBoxLayout* m_buttons;
    std::vector<Notice> m_notices;
};

} // namespace fxs::app
