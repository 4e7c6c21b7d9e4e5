use std::sync::Arc;

use super::*;

#[test]
fn items_come_out_in_order_and_one_past_the_limit_is_refused() {
    let queue = Queue::new(2);
    queue.push(1).unwrap();
    queue.push(2).unwrap();
    assert_eq!(queue.push(3).unwrap_err().code(), &Code::OVERLOADED);
    assert_eq!(queue.len(), 2);
    assert_eq!(queue.pop(), Some(1));
    queue.push(4).unwrap();
    assert_eq!(queue.pop_many(1), [2]);
    assert_eq!(queue.pop_many(8), [4]);
}

#[test]
fn a_closed_queue_is_drained_and_takes_nothing() {
    let queue = Queue::new(2);
    queue.push(1).unwrap();
    queue.close();
    assert_eq!(queue.push(2).unwrap_err().code(), &Code::SHUTTING_DOWN);
    assert_eq!(queue.pop(), Some(1));
    assert_eq!(queue.pop(), None);
    assert!(queue.pop_many(8).is_empty());
}

#[test]
fn whoever_waits_is_woken() {
    let queue = Arc::new(Queue::new(8));
    let waiting = std::thread::spawn({
        let queue = Arc::clone(&queue);
        move || (queue.pop(), queue.pop())
    });
    queue.push("first").unwrap();
    queue.push("second").unwrap();
    assert_eq!(waiting.join().unwrap(), (Some("first"), Some("second")));
}
