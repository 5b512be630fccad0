// Entry of the bundle by which goals are checked: nothing of how they are pursued, which is most of a worker's bundle.

export { default as goals } from '#goals';
