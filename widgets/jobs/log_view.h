#pragma once

#include <QListView>
#include <QStyledItemDelegate>

namespace fxs::ui {

/// A line of the log with every occurrence of a text marked.
class LogDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void setSought(const QString& text) { m_sought = text; }
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    QString m_sought;
};

/// Shows the lines of a log. While it follows the tail it stays at its end; scrolling up, or looking for something, lets go of it, and
/// scrolling down to the end takes it up again.
class LogView : public QListView {
    Q_OBJECT

public:
    explicit LogView(QAbstractItemModel* model, QWidget* parent = nullptr);

    bool followsTail() const { return m_follows; }
    void setFollowsTail(bool on);
    /// Marks a text in every line; empty: none.
    void setSought(const QString& text);
    /// Goes to the next (step 1) or previous (-1) line that holds it, around the ends. False: there is none.
    bool seek(int step);
    int soughtCount() const;
    /// The chosen lines, or all.
    QString textToCopy() const;

Q_SIGNALS:
    void followsTailChanged(bool on);

private:
    void onScrolled();

    LogDelegate* m_delegate;
    QString m_sought;
    bool m_follows = true;
};

} // namespace fxs::ui
