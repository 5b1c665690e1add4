#pragma once

#include <QByteArray>
#include <QWidget>
#include <vector>

class QSplitter;
class QTabWidget;

namespace fxs::app {

/// Holds pages and arranges them: as tabs, side by side as tiles (2 x 2), or each in a window of its own. A page is known by its index,
/// which never changes, wherever it is. A tab is torn off by dragging it out of the bar, by a double click or from its menu; closing
/// its window brings it back.
/// Owns:    the pages.
/// Threads: GUI thread.
class ViewArea : public QWidget {
    Q_OBJECT

public:
    explicit ViewArea(QWidget* parent = nullptr);
    ~ViewArea() override;

    /// name: for the saved state, never shown. Returns the page's index.
    int addPage(QWidget* page, const QString& title, const QString& name);
    int pageCount() const { return static_cast<int>(m_pages.size()); }
    QWidget* page(int index) const;
    QString title(int index) const;

    int current() const { return m_current; }
    QWidget* currentPage() const { return page(m_current); }
    /// Brings a page to the front, wherever it is.
    void show(int index);

    bool isFloating(int index) const;
    void setFloating(int index, bool on);
    bool isTiled() const { return m_tiled; }
    void setTiled(bool on);
    /// The windows of floating pages go out of sight: the program ends.
    void hideWindows();
    /// All pages as tabs.
    void reset();

    QByteArray saveState() const;
    /// False (and nothing changes) if state is not one of saveState().
    bool restoreState(const QByteArray& state);

    /// The tabs; they hold the pages that neither float nor are tiled.
    QTabWidget* tabs() const { return m_tabs; }

Q_SIGNALS:
    void currentChanged(int index);
    void arrangementChanged();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    class FloatingWindow;
    struct Page {
        QWidget* widget = nullptr;
        QWidget* tile = nullptr; ///< frame around the page while tiled
        FloatingWindow* window = nullptr;
        QString title, name;
    };
    int indexOf(const QWidget* widget) const;
    void setCurrent(int index);
    void toTabs(int index);
    void toTiles();
    void clearTiles();
    void tabMenu(const QPoint& where);

    std::vector<Page> m_pages;
    QTabWidget* m_tabs;
    QSplitter* m_tiles = nullptr;
    int m_current = 0;
    int m_draggedTab = -1;
    bool m_tiled = false, m_moving = false;
};

} // namespace fxs::app
